// Counters and the ring of requests, and their JSON.
#include <algorithm>
#include <boost/json.hpp>
#include <chrono>

#include "common/http_text.h"
#include "mock_upstream/stats.h"

namespace sensorium::mock {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 10> shown_headers{
    "host",       "authorization", "content-type", "content-length", "accept",
    "user-agent", "connection",    "traceparent",  "x-request-id",   "idempotency-key"};

std::string_view name(Outcome outcome) {
  switch (outcome) {
    case Outcome::open:
      return "open";
    case Outcome::done:
      return "done";
    case Outcome::client_gone:
      return "client_gone";
    case Outcome::cut:
      return "cut";
  }
  return "";
}

json::object headers_of(const Record& record) {
  json::object shown;
  const auto head = bench::parse_head(record.head);
  if (!head) return shown;
  for (const auto header : shown_headers)
    if (const auto value = head->get(header); !value.empty()) shown[header] = value;
  return shown;
}

json::array pictures_of(const Verdict& verdict) {
  json::array list;
  for (const auto& picture : verdict.pictures)
    list.push_back({{"mime", picture.mime},
                    {"detail", picture.detail},
                    {"bytes", picture.bytes},
                    {"width", picture.width},
                    {"height", picture.height},
                    {"sha256", picture.sha256}});
  return list;
}

json::object row(const Record& record) {
  json::object shown{{"id", record.id},
                     {"path", record.path},
                     {"at_ns", record.at_ns},
                     {"end_ns", record.end_ns},
                     {"outcome", name(record.outcome)},
                     {"status", record.status},
                     {"chunks", record.chunks},
                     {"headers", headers_of(record)}};
  if (!record.verdict) return shown;
  const auto& v = *record.verdict;
  boost::system::error_code ignored;
  shown["model"] = v.model;
  shown["stream"] = v.stream;
  shown["include_usage"] = v.include_usage;
  shown["text"] = v.text;
  shown["system"] = v.system;
  shown["body_bytes"] = v.bytes;
  shown["body_sha256"] = v.sha256;
  shown["pictures"] = pictures_of(v);
  shown["request"] = json::parse(v.request.empty() ? "null" : v.request, ignored);
  if (!v.error.empty()) shown["error"] = v.error;
  return shown;
}

}  // namespace

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Record* Stats::slot(std::uint64_t id) {
  auto& record = ring_[id % ring_.size()];
  return record.id == id ? &record : nullptr;
}

std::uint64_t Stats::begin(std::string_view path, std::string_view head) {
  const auto id = next_++;
  auto& record = ring_[id % ring_.size()];
  record.id = id;
  record.at_ns = now_ns();
  record.end_ns = 0;
  record.outcome = Outcome::open;
  record.status = record.chunks = 0;
  record.path = path;
  constexpr std::size_t head_kept = 2048;
  record.head = head.size() <= head_kept ? head : std::string_view{};
  record.verdict.reset();
  peak_open_ = std::max(peak_open_, ++open_);
  return id;
}

void Stats::judged(std::uint64_t id, std::shared_ptr<const Verdict> verdict, std::size_t body_bytes) {
  bytes_in_ += body_bytes;
  if (auto* record = slot(id)) record->verdict = std::move(verdict);
}

void Stats::end(std::uint64_t id, Outcome outcome, int status, int chunks) {
  --open_;
  if (id < first_) return;
  client_gone_ += outcome == Outcome::client_gone;
  cut_ += outcome == Outcome::cut;
  if (status > 0 && static_cast<std::size_t>(status) < by_status_.size())
    ++by_status_[static_cast<std::size_t>(status)];
  auto* record = slot(id);
  if (record == nullptr) return;
  record->end_ns = now_ns();
  record->outcome = outcome;
  record->status = status;
  record->chunks = chunks;
}

void Stats::connections(int change) {
  connections_ += change;
  accepted_ += change > 0;
  peak_connections_ = std::max(peak_connections_, connections_);
}

void Stats::reset() {
  first_ = next_;
  client_gone_ = cut_ = bytes_in_ = accepted_ = 0;
  peak_open_ = open_;
  peak_connections_ = connections_;
  by_status_.fill(0);
}

std::string Stats::json(std::size_t last) const {
  json::object status;
  for (std::size_t i = 0; i < by_status_.size(); ++i)
    if (by_status_[i] > 0) status[std::to_string(i)] = by_status_[i];
  json::array rows;
  const auto count = std::min<std::uint64_t>({last, next_ - first_, ring_.size()});
  for (auto id = next_ - count; id < next_; ++id) {
    auto shown = row(ring_[id % ring_.size()]);
    shown["id"] = id - first_ + 1;
    rows.push_back(std::move(shown));
  }
  return json::serialize(json::object{{"requests", next_ - first_},
                                      {"open", open_},
                                      {"peak_open", peak_open_},
                                      {"client_gone", client_gone_},
                                      {"cut", cut_},
                                      {"bytes_in", bytes_in_},
                                      {"connections", connections_},
                                      {"peak_connections", peak_connections_},
                                      {"accepted", accepted_},
                                      {"by_status", std::move(status)},
                                      {"now_ns", now_ns()},
                                      {"last", std::move(rows)}});
}

}  // namespace sensorium::mock
