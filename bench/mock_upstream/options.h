// How one answer of the mock behaves: timing, size and faults. The command line sets the defaults; a
// request changes them for itself through its model name ("gpt-4o;ttft=200;chunks=50") or an X-Mock
// header with the same list. The table in options.cc is the list of names, with one line on each.
#pragma once

#include <chrono>
#include <expected>
#include <string>
#include <string_view>

namespace sensorium::mock {

using Duration = std::chrono::nanoseconds;

struct Options {
  Duration ttft{}, gap{}, delay{};
  int chunks = 20, size = 8;
  double err429 = 0, err500 = 0, cut_rate = 0, stall_rate = 0;
  int cut = -1, stall = -1, stream_error = -1;  ///< after so many chunks; below 0 never
  int status = 0;                               ///< always answer this; 0 means 200
  int fail_n = 0, fail_status = 429;
  int split = 0;
  bool stamp = false, seq = false, echo = false, hang = false, crlf = false, comments = false;
  bool no_done = false, no_usage = false, no_choices = false, no_finish = false;
  bool bad_chunk = false, bad_frame = false, garble = false, html = false;
  std::string retry_after, reply, finish = "stop", refuse;
  std::string err_code, err_type, err_msg, err_param;
};

/// Applies "name=value;name;..." to `options`. Values: durations in ms, or with unit ns, us, ms, s.
/// Errors: a sentence naming the entry at fault; `options` is then half changed.
std::expected<void, std::string> apply_options(Options& options, std::string_view spec);

/// One line per option, for --help.
std::string describe_options();

}  // namespace sensorium::mock
