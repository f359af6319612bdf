// The table of option names and the parser of their lists.
#include "mock_upstream/options.h"

#include <array>
#include <charconv>
#include <variant>

namespace sensorium::mock {
namespace {

using Member = std::variant<Duration Options::*, int Options::*, double Options::*, bool Options::*,
                            std::string Options::*>;
struct Row {
  std::string_view name;
  Member member;
  std::string_view help;
};

const std::array rows{
    Row{"ttft", &Options::ttft, "wait before the first chunk of a stream"},
    Row{"gap", &Options::gap, "time between chunks, on a fixed schedule"},
    Row{"delay", &Options::delay, "wait before a whole answer"},
    Row{"chunks", &Options::chunks, "pieces of text in an answer"},
    Row{"size", &Options::size, "least bytes of text in a piece"},
    Row{"status", &Options::status, "always answer this status"},
    Row{"retryafter", &Options::retry_after, "Retry-After of statuses 429, 503 and 529 (none unless given)"},
    Row{"err429", &Options::err429, "share of requests answered 429"},
    Row{"err500", &Options::err500, "share of requests answered 500"},
    Row{"cutrate", &Options::cut_rate, "share of streams reset half-way"},
    Row{"stallrate", &Options::stall_rate, "share of requests that get no answer, until the client leaves"},
    Row{"failn", &Options::fail_n, "the first N requests of this model name fail"},
    Row{"failstatus", &Options::fail_status, "with this status"},
    Row{"cut", &Options::cut, "reset the connection after N chunks; of a whole answer, half-way"},
    Row{"stall", &Options::stall, "silence after N chunks, until the client leaves"},
    Row{"hang", &Options::hang, "never answer at all"},
    Row{"streamerror", &Options::stream_error, "an error object in the stream after N chunks"},
    Row{"nodone", &Options::no_done, "no [DONE] at the end"},
    Row{"nofinish", &Options::no_finish, "no chunk with a finish_reason"},
    Row{"nousage", &Options::no_usage, "no usage"},
    Row{"nochoices", &Options::no_choices, "a whole answer without choices"},
    Row{"badchunk", &Options::bad_chunk, "one chunk, half-way, is not JSON"},
    Row{"badframe", &Options::bad_frame, "the HTTP framing breaks half-way"},
    Row{"garble", &Options::garble, "random bytes in the place of JSON"},
    Row{"html", &Options::html, "an HTML page instead of JSON"},
    Row{"crlf", &Options::crlf, "CR LF line ends in events"},
    Row{"comments", &Options::comments, "a comment line before each event"},
    Row{"split", &Options::split, "events are written in pieces of N bytes"},
    Row{"stamp", &Options::stamp, "a chunk starts with its sending time: 19 digits, Unix nanoseconds"},
    Row{"seq", &Options::seq, "a chunk has its number: #0, #1, ..."},
    Row{"reply", &Options::reply, "this text is the answer"},
    Row{"echo", &Options::echo, "the prompt is the answer"},
    Row{"finish", &Options::finish, "finish_reason of the answer"},
    Row{"refuse", &Options::refuse, "400 unsupported_parameter when the request has this field"},
    Row{"errcode", &Options::err_code, "error.code of the error answer (with status)"},
    Row{"errtype", &Options::err_type, "error.type"},
    Row{"errmsg", &Options::err_msg, "error.message"},
    Row{"errparam", &Options::err_param, "error.param"},
};

bool read_value(std::string_view text, std::string& out) {
  out = text;
  return true;
}

bool read_value(std::string_view text, bool& out) {
  out = text.empty() || text == "1" || text == "true";
  return out || text == "0" || text == "false";
}

bool read_value(std::string_view text, int& out) {
  constexpr int most = 10'000'000;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() && out <= most;
}

bool read_value(std::string_view text, double& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() && out >= 0 && out <= 1;
}

bool read_value(std::string_view text, Duration& out) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const double scale = unit.empty() || unit == "ms" ? 1e6
                       : unit == "s"                ? 1e9
                       : unit == "us"               ? 1e3
                       : unit == "ns"               ? 1
                                                    : 0;
  constexpr std::chrono::hours longest{1};
  if (error != std::errc{} || scale == 0 || number < 0) return false;
  if (number * scale > static_cast<double>(Duration(longest).count())) return false;
  out = Duration(static_cast<Duration::rep>(number * scale));
  return true;
}

std::expected<void, std::string> apply_one(Options& options, std::string_view entry) {
  const auto equals = std::min(entry.find('='), entry.size());
  const auto name = entry.substr(0, equals);
  const auto value = entry.substr(std::min(equals + 1, entry.size()));
  for (const auto& row : rows) {
    if (row.name != name) continue;
    if (std::visit([&](auto member) { return read_value(value, options.*member); }, row.member)) return {};
    return std::unexpected("mock option '" + std::string(entry) + "' has a bad value");
  }
  return std::unexpected("unknown mock option '" + std::string(name) + "'");
}

}  // namespace

std::expected<void, std::string> apply_options(Options& options, std::string_view spec) {
  while (!spec.empty()) {
    const auto end = std::min(spec.find(';'), spec.size());
    const auto entry = spec.substr(0, end);
    spec.remove_prefix(std::min(end + 1, spec.size()));
    if (entry.empty()) continue;
    if (auto done = apply_one(options, entry); !done) return done;
  }
  return {};
}

std::string describe_options() {
  std::string text;
  constexpr std::size_t width = 14;
  for (const auto& row : rows) {
    text += "  " + std::string(row.name) + std::string(width - row.name.size(), ' ');
    text += std::string(row.help) + "\n";
  }
  return text;
}

}  // namespace sensorium::mock
