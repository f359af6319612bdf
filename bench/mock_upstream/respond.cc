// What is answered to whom: routes, faults that come before an answer, and the streams.
#include <algorithm>
#include <boost/json.hpp>

#include "common/http_text.h"
#include "mock_upstream/answer.h"
#include "mock_upstream/session.h"

namespace sensorium::mock {
namespace {

using std::chrono::hours;
constexpr std::string_view json_type = "application/json";
constexpr hours longest_silence{1};

std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Content Too Large";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    default:
      return "Status";
  }
}

std::string head(int status, std::string_view type, std::string_view extra_fields) {
  std::string text = "HTTP/1.1 " + std::to_string(status) + " ";
  text.append(reason(status)).append("\r\nContent-Type: ").append(type).append("\r\n");
  return text.append(extra_fields);
}

/// Chunks of an event stream on the wire, whole or in pieces.
class StreamWire {
 public:
  StreamWire(Wire& wire, int split) : wire_(wire), split_(static_cast<std::size_t>(std::max(split, 0))) {}

  awaitable<bool> event(std::string_view text) {
    const auto step = split_ == 0 ? text.size() : split_;
    while (!text.empty()) {
      if (!co_await piece(text.substr(0, step))) co_return false;
      text.remove_prefix(std::min(step, text.size()));
    }
    co_return true;
  }

 private:
  awaitable<bool> piece(std::string_view text) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::string size;
    for (auto left = text.size(); left > 0; left /= 16) size.insert(size.begin(), hex[left % 16]);
    buffer_.assign(size).append("\r\n").append(text).append("\r\n");
    co_return co_await wire_.write(buffer_);
  }
  Wire& wire_;
  std::size_t split_;
  std::string buffer_;
};

/// One chat completion, from the judged request to the end of its answer.
class Chat {
 public:
  Chat(Service& service, Wire& wire, std::uint64_t id, const Verdict& verdict, Options options)
      : service_(service), wire_(wire), id_(id), verdict_(verdict), options_(std::move(options)) {}

  /// Status and outcome are there afterwards; false ends the connection.
  awaitable<bool> run() {
    if (options_.hang || chance(options_.stall_rate)) co_return co_await silence();
    const int status = chosen_status();
    const auto refused = options_.refuse;
    if (!refused.empty() && std::ranges::find(verdict_.fields, refused) != verdict_.fields.end())
      co_return co_await refuse_field(refused);
    if (status != 200 || options_.html) co_return co_await fail(status);
    if (verdict_.stream) co_return co_await stream();
    co_return co_await whole();
  }

  Outcome outcome = Outcome::done;
  int status = 200, chunks = 0;

 private:
  bool chance(double share) {
    return share > 0 && std::uniform_real_distribution<>()(service_.random) < share;
  }

  /// The limit of the program, then faults by count and by chance.
  int chosen_status() {
    if (!service_.limit.admit(Clock::now())) return 429;
    int chosen = options_.status == 0 ? 200 : options_.status;
    if (options_.fail_n > 0) {
      constexpr std::size_t most_names = 4096;
      if (service_.failures.size() > most_names) service_.failures.clear();
      if (++service_.failures[verdict_.model] <= options_.fail_n) chosen = options_.fail_status;
    }
    const double dice = std::uniform_real_distribution<>()(service_.random);
    if (chosen == 200 && dice < options_.err429) chosen = 429;
    else if (chosen == 200 && dice < options_.err429 + options_.err500) chosen = 500;
    return chosen;
  }

  awaitable<bool> gone() {
    outcome = Outcome::client_gone;
    co_return false;
  }

  awaitable<bool> cut() {
    outcome = Outcome::cut;
    wire_.reset();
    co_return false;
  }

  awaitable<bool> silence() {
    status = 0;
    if (co_await wire_.pause_until(Clock::now() + longest_silence)) co_return co_await cut();
    co_return co_await gone();
  }

  awaitable<bool> fail(int code) {
    status = code;
    std::string extra;
    if (!options_.retry_after.empty() && (code == 429 || code == 503 || code == 529))
      extra = "Retry-After: " + options_.retry_after + "\r\n";
    if (!co_await wire_.pause_until(Clock::now() + options_.delay)) co_return co_await gone();
    if (options_.html) co_return co_await send(wire_, code, "text/html", extra, html_page(code));
    const std::string message = code == 429 ? "Rate limit reached (mock)" : "Injected failure (mock)";
    co_return co_await send(wire_, code, json_type, extra, error_body(code, options_, message, ""));
  }

  awaitable<bool> refuse_field(const std::string& field) {
    status = 400;
    Options named = options_;
    if (named.err_code.empty()) named.err_code = "unsupported_parameter";
    const auto message = "Unsupported parameter: '" + field + "' is not supported with this model.";
    co_return co_await send(wire_, status, json_type, "", error_body(status, named, message, field));
  }

  awaitable<bool> whole() {
    if (options_.delay.count() > 0 && !co_await wire_.pause_until(Clock::now() + options_.delay))
      co_return co_await gone();
    constexpr std::size_t garbage_size = 300;
    const auto body = options_.garble ? garbage(garbage_size) : whole_answer(verdict_, options_, id_);
    const bool cuts = options_.cut >= 0 || chance(options_.cut_rate);
    if (!cuts && options_.stall < 0 && !options_.bad_frame)
      co_return co_await send(wire_, 200, json_type, "", body) || co_await gone();
    const auto length = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    if (!co_await wire_.write(head(200, json_type, length) + body.substr(0, body.size() / 2)))
      co_return co_await gone();
    if (options_.stall >= 0) co_return co_await silence();
    if (cuts) co_return co_await cut();
    outcome = Outcome::cut;
    co_return false;
  }

  /// Faults that are due before chunk `index`: nothing when the stream goes on.
  awaitable<std::optional<bool>> disturb(StreamWire& out, EventWriter& events, int index) {
    if (index == cut_at_) co_return co_await cut();
    if (index == options_.stall) co_return co_await silence();
    if (options_.bad_frame && index == options_.chunks / 2) {
      co_await wire_.write("this is no chunk size\r\n");
      outcome = Outcome::cut;
      co_return false;
    }
    if (index == options_.stream_error) {
      outcome = Outcome::cut;
      co_await out.event(events.error());
      co_await wire_.write("0\r\n\r\n");
      co_return true;
    }
    co_return std::nullopt;
  }

  awaitable<bool> stream() {
    if (!co_await wire_.write(head(200, "text/event-stream; charset=utf-8",
                                   "Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n")))
      co_return co_await gone();
    StreamWire out(wire_, options_.split);
    EventWriter events(verdict_, options_, id_);
    const bool by_chance = chance(options_.cut_rate);
    cut_at_ = options_.cut < 0 && by_chance ? options_.chunks / 2 : options_.cut;
    const auto first = Clock::now() + options_.ttft;
    if (!co_await wire_.pause_until(first) || !co_await out.event(events.role())) co_return co_await gone();
    for (int i = 0; i < options_.chunks; ++i) {
      if (!co_await wire_.pause_until(first + i * options_.gap)) co_return co_await gone();
      if (const auto ended = co_await disturb(out, events, i)) co_return *ended;
      if (!co_await out.event(events.content(i))) co_return co_await gone();
      ++chunks;
    }
    if (const auto ended = co_await disturb(out, events, options_.chunks)) co_return *ended;
    co_return co_await finish(out, events) || co_await gone();
  }

  awaitable<bool> finish(StreamWire& out, EventWriter& events) {
    if (!options_.no_finish && !co_await out.event(events.finish())) co_return false;
    if (verdict_.include_usage && !options_.no_usage && !co_await out.event(events.usage())) co_return false;
    if (!options_.no_done && !co_await out.event(events.done())) co_return false;
    co_return co_await wire_.write("0\r\n\r\n");
  }

  Service& service_;
  Wire& wire_;
  std::uint64_t id_;
  const Verdict& verdict_;
  Options options_;
  int cut_at_ = -1;
};

awaitable<bool> send_error(Wire& wire, int status, std::string_view message, std::string_view param = {}) {
  co_return co_await send(wire, status, json_type, "", error_body(status, Options{}, message, param));
}

awaitable<bool> complete(Service& service, Wire& wire, const Request& request, std::uint64_t id) {
  const auto verdict = service.judge.judge(request.body);
  service.stats.judged(id, verdict, request.body.size());
  auto options = verdict->options;
  std::string error = verdict->error;
  if (error.empty() && !request.content_type.starts_with(json_type))
    error = "Content-Type must be application/json";
  if (error.empty())
    if (const auto done = apply_options(options, request.mock); !done) error = done.error();
  if (!error.empty()) {
    const bool sent = co_await send_error(wire, 400, error, verdict->error_param);
    service.stats.end(id, Outcome::done, 400, 0);
    co_return sent;
  }
  Chat chat(service, wire, id, *verdict, std::move(options));
  const bool go_on = co_await chat.run();
  service.stats.end(id, chat.outcome, chat.status, chat.chunks);
  co_return go_on;
}

std::string model_list(const Settings& settings) {
  boost::json::array models;
  for (const auto& name : settings.models)
    models.push_back({{"id", name}, {"object", "model"}, {"created", 1}, {"owned_by", "mock"}});
  return boost::json::serialize(boost::json::object{{"object", "list"}, {"data", std::move(models)}});
}

awaitable<bool> statistics(Service& service, Wire& wire, const Request& request) {
  if (request.path == "/stats/reset") {
    service.stats.reset();
    service.failures.clear();
    co_return co_await send(wire, 200, json_type, "", R"({"ok":true})");
  }
  constexpr std::size_t usual = 16;
  const auto asked = request.query.starts_with("last=") ? request.query.substr(5) : std::string_view{};
  const auto last =
      asked == "all" ? service.settings.keep : bench::parse_number(asked, 10, ~0ULL).value_or(usual);
  co_return co_await send(wire, 200, json_type, "", service.stats.json(last));
}

/// Everything but completions: status and body at once.
awaitable<bool> simple(Service& service, Wire& wire, const Request& request, std::uint64_t id, int status) {
  const bool listing = status == 200;
  const auto body = listing ? model_list(service.settings)
                            : error_body(status, Options{},
                                         status == 401 ? "Incorrect API key provided"
                                                       : "Unknown route: " + std::string(request.path),
                                         "");
  const bool sent = co_await send(wire, status, json_type, "", body);
  service.stats.end(id, Outcome::done, status, 0);
  co_return sent;
}

}  // namespace

awaitable<bool> send(Wire& wire, int status, std::string_view type, std::string_view extra_fields,
                     std::string_view body) {
  auto text = head(status, type, extra_fields);
  text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n").append(body);
  co_return co_await wire.write(text);
}

awaitable<bool> answer(Service& service, Wire& wire, const Request& request) {
  if (request.path.starts_with("/stats")) co_return co_await statistics(service, wire, request);
  const auto id = service.stats.begin(request.path, request.head);
  const auto& key = service.settings.key;
  if (!key.empty() && request.authorization != "Bearer " + key)
    co_return co_await simple(service, wire, request, id, 401);
  if (request.path == "/v1/models" && request.method == "GET")
    co_return co_await simple(service, wire, request, id, 200);
  if (request.path != "/v1/chat/completions") co_return co_await simple(service, wire, request, id, 404);
  if (request.method != "POST") co_return co_await simple(service, wire, request, id, 405);
  co_return co_await complete(service, wire, request, id);
}

}  // namespace sensorium::mock
