// The folder, the streams, and what is left out of a recording.
#include "net/tape.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/base64.h"
#include "base/log.h"
#include "base/sha256.h"
#include "base/text.h"

namespace sensorium::net {
namespace {

constexpr std::size_t writes_waiting = 4096, named_differences = 3, id_in_name = 12;
constexpr std::string_view boundary_word = "RECORDED-BOUNDARY";
/// Headers of replies that mean something to us and nothing to anybody else.
constexpr std::array kept_headers{"content-type", "retry-after", "retry-after-ms", "x-should-retry"};

std::string address_of(const Url& url) {
  // A child's socket has another name each time.
  if (url.scheme == "unix") return "local:" + url.target;
  return url.origin() + url.target;
}

/// A form's boundary is another each time, too.
std::string boundary_of(const HttpCall& call) {
  const std::string_view type = find_header(call.headers, "content-type");
  const auto at = type.find("boundary=");
  if (at == std::string_view::npos) return {};
  return std::string(text::trim(type.substr(at + 9, type.find(';', at) - at - 9)));
}

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto found = what.empty() ? std::string_view::npos : text.find(what, at);
    out += text.substr(at, found - at);
    if (found == std::string_view::npos) break;
    out += by;
    at = found + what.size();
  }
  return out;
}

bool keeps(std::string_view name) {
  return std::ranges::any_of(kept_headers,
                             [&](std::string_view kept) { return text::equal_ignoring_case(kept, name); }) ||
         text::lower(name).starts_with("x-ratelimit-");
}

/// Blanks `secret` wherever it stands in the joined pieces; lengths stay.
void blank(std::vector<std::string>& pieces, std::string_view secret) {
  if (secret.empty()) return;
  std::string all;
  for (const std::string& piece : pieces) all += piece;
  bool found = false;
  for (auto at = all.find(secret); at != std::string::npos; at = all.find(secret, at + secret.size())) {
    std::fill_n(all.begin() + static_cast<std::ptrdiff_t>(at), secret.size(), '*');
    found = true;
  }
  if (!found) return;
  std::size_t at = 0;
  for (std::string& piece : pieces) {
    piece = all.substr(at, piece.size());
    at += piece.size();
  }
}

class Played final : public HttpStream {
 public:
  explicit Played(std::shared_ptr<const Exchange> exchange) : exchange_(std::move(exchange)) {}
  int status() const noexcept override { return exchange_->status; }
  const Headers& headers() const noexcept override { return exchange_->headers; }
  Task<std::string_view> read() override {
    if (next_ < exchange_->pieces.size()) co_return std::string_view(exchange_->pieces[next_++]);
    if (exchange_->end == Exchange::End::cut)
      co_return Error(Code::upstream_broken_stream, "The engine's answer was cut off when it was recorded",
                      "Record it again");
    co_return std::string_view();
  }

 private:
  std::shared_ptr<const Exchange> exchange_;
  std::size_t next_ = 0;
};

class Recorded final : public HttpStream {
 public:
  Recorded(std::shared_ptr<Tape> tape, std::uint64_t number, Exchange exchange,
           std::unique_ptr<HttpStream> inner, std::string secret)
      : tape_(std::move(tape)),
        number_(number),
        exchange_(std::move(exchange)),
        inner_(std::move(inner)),
        secret_(std::move(secret)) {}
  ~Recorded() override { keep(); }
  int status() const noexcept override { return inner_->status(); }
  const Headers& headers() const noexcept override { return inner_->headers(); }
  Task<std::string_view> read() override {
    auto piece = co_await inner_->read();
    if (!piece) exchange_.end = Exchange::End::cut;
    else if (!piece->empty()) exchange_.pieces.emplace_back(*piece);
    if (!piece || piece->empty()) keep();
    co_return piece;
  }

 private:
  void keep() {
    if (!tape_) return;
    blank(exchange_.pieces, secret_);
    std::exchange(tape_, nullptr)->keep(number_, std::move(exchange_));
  }

  std::shared_ptr<Tape> tape_;
  std::uint64_t number_;
  Exchange exchange_;
  std::unique_ptr<HttpStream> inner_;
  std::string secret_;
};

Result<std::string> read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (file.bad() || !file.is_open())
    return Error(Code::misconfigured, fmt::format("{} cannot be read", text::printable(path.string())),
                 "Check its rights");
  return text;
}

Error not_a_folder(const std::string& folder) {
  return Error(Code::misconfigured, fmt::format("{} is not a folder of recordings", text::printable(folder)),
               "Make one with --record DIR");
}

}  // namespace

std::unique_ptr<HttpStream> play(std::shared_ptr<const Exchange> exchange) {
  return std::make_unique<Played>(std::move(exchange));
}

std::unique_ptr<HttpStream> record(std::shared_ptr<Tape> tape, std::uint64_t number, Exchange exchange,
                                   std::unique_ptr<HttpStream> inner, std::string secret) {
  exchange.status = inner->status();
  for (const auto& [name, value] : inner->headers())
    if (keeps(name)) exchange.headers.emplace_back(name, value);
  return std::make_unique<Recorded>(std::move(tape), number, std::move(exchange), std::move(inner),
                                    std::move(secret));
}

Error recorded_failure(const Exchange& exchange) {
  for (int i = 0; i <= static_cast<int>(Code::internal); ++i)
    if (facts(static_cast<Code>(i)).name == exchange.error)
      return Error(static_cast<Code>(i), exchange.message, "It failed so when it was recorded");
  return Error(Code::upstream_unavailable, exchange.message, "It failed so when it was recorded");
}

std::string secret_of(const HttpCall& call) {
  for (const auto& [name, value] : call.headers) {
    if (text::equal_ignoring_case(name, "authorization"))
      return value.substr(std::min(value.size(), value.find(' ') + 1));
    if (text::equal_ignoring_case(name, "x-api-key") || text::equal_ignoring_case(name, "x-goog-api-key"))
      return value;
  }
  return {};
}

Exchange Tape::begin(const HttpCall& call) {
  Exchange exchange;
  exchange.method = call.method;
  exchange.address = address_of(call.url);
  const std::string boundary = boundary_of(call);
  Sha256 digest;
  digest.update(exchange.method + ' ' + exchange.address + '\n');
  std::string body;
  for (const BodyPiece& piece : call.body) {
    if (piece.form == BodyPiece::Form::base64) {
      const std::string inner = sha256_hex(piece.bytes);
      digest.update(inner);
      body += "sha256:" + inner;
    } else {
      const std::string plain = replaced(piece.bytes, boundary, boundary_word);
      digest.update(plain);
      body += plain;
    }
  }
  exchange.id = digest.finish_hex();
  exchange.request = request_for_people(body);
  return exchange;
}

Result<std::shared_ptr<Tape>> Tape::open(Mode mode, const std::string& folder) {
  std::shared_ptr<Tape> tape(new Tape(mode, folder));
  std::error_code error;
  if (mode == Mode::record) {
    std::filesystem::create_directories(folder, error);
    if (error)
      return Error(Code::misconfigured,
                   fmt::format("The folder {} cannot be made: {}", text::printable(folder), error.message()),
                   "Give another folder with --record");
    tape->writer_ = std::make_unique<CpuPool>(1, writes_waiting);
    // A recording may be added to.
    tape->number_ =
        1 + static_cast<std::uint64_t>(std::distance(std::filesystem::directory_iterator(folder, error), {}));
    return tape;
  }
  SN_TRY(tape->load());
  return tape;
}

Tape::~Tape() = default;

Status Tape::load() {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (std::filesystem::directory_iterator entry(folder_, error), end; !error && entry != end;
       entry.increment(error))
    if (entry->path().extension() == ".json") files.push_back(entry->path());
  if (error || files.empty()) return not_a_folder(folder_);
  std::ranges::sort(files);
  for (const auto& file : files) {
    const std::string json = SN_TRY(read_file(file));
    auto exchange = read_exchange(json);
    if (!exchange)
      return Error(
          Code::misconfigured,
          fmt::format("{} is not a recording: {}", text::printable(file.string()), exchange.error().message),
          "Remove it, or record again");
    takes_[exchange->id].list.push_back(std::make_shared<const Exchange>(std::move(*exchange)));
  }
  return {};
}

Result<std::shared_ptr<const Exchange>> Tape::find(const Exchange& asked) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = takes_.find(asked.id); found != takes_.end()) {
    Takes& takes = found->second;
    const auto& take = takes.list[takes.next];
    if (takes.next + 1 < takes.list.size()) ++takes.next;
    return take;
  }
  std::vector<std::string> best;
  bool same_address = false;
  for (const auto& [id, takes] : takes_) {
    const Exchange& other = *takes.list.front();
    if (other.address != asked.address || other.method != asked.method) continue;
    auto found = differences(other.request, asked.request, 1000);
    if (!same_address || found.size() < best.size()) best = std::move(found);
    same_address = true;
  }
  if (!same_address)
    return Error(Code::not_found,
                 fmt::format("Nothing was recorded of {} {}", asked.method, text::printable(asked.address)),
                 "Record it with --record, or ask the model that was recorded");
  const std::size_t more = best.size() > named_differences ? best.size() - named_differences : 0;
  best.resize(best.size() - more);
  return Error(Code::not_found,
               fmt::format("This request was not recorded; the closest recording differs in {}{}",
                           fmt::join(best, ", "), more > 0 ? fmt::format(" and {} more", more) : ""),
               "Ask as it was recorded, or record again with --record");
}

void Tape::keep(std::uint64_t number, Exchange exchange) {
  const bool taken = writer_->submit([this, number, kept = std::move(exchange)] { write(number, kept); });
  if (!taken) log::warning("net", "An exchange was not recorded: the disk is too slow");
}

void Tape::write(std::uint64_t number, const Exchange& exchange) const {
  const std::filesystem::path path = std::filesystem::path(folder_) /
                                     fmt::format("{:06}-{}.json", number, exchange.id.substr(0, id_in_name));
  const std::string part = path.string() + ".part";
  std::ofstream file(part, std::ios::binary);
  file << exchange_json(exchange);
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(part, path, error);
  if (!file || error)
    log::warning("net", fmt::format("{} could not be written: the recording is not whole",
                                    text::printable(path.string())));
}

}  // namespace sensorium::net
