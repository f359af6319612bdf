// The one error type of the program and the one table of its codes.
// Surprising: the HTTP status, the exit code and the retry and fallback rules of a failure are
// looked up here and nowhere else; code that throws away an Error's code loses all four.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace sensorium {

enum class Code : std::uint8_t {
  // the caller
  invalid_request,
  unauthenticated,
  forbidden,
  not_found,
  method_not_allowed,
  unknown_model,
  // the media
  too_large,
  unsupported_media,
  corrupt_media,
  fetch_refused,
  fetch_failed,
  // our limits
  rate_limited,
  overloaded,
  deadline_exceeded,
  budget_exhausted,
  cancelled,
  // upstream, passing
  upstream_rate_limited,
  upstream_overloaded,
  upstream_timeout,
  upstream_unavailable,
  upstream_broken_stream,
  // upstream, final
  upstream_auth,
  upstream_quota,
  upstream_protocol,
  content_filtered,
  model_limit,
  // build or bug
  not_built_in,
  misconfigured,
  internal,
};

/// What everybody needs to know about a code. `type` is the `error.type` of OpenAI-shaped bodies.
struct CodeFacts {
  Code code;
  std::string_view name;
  int http;
  int exit;
  bool retry;
  bool fallback;
  std::string_view type;
};

/// Facts of `code`; total, never fails.
const CodeFacts& facts(Code code) noexcept;

/// A failure as a value. `message` is one sentence that says what happened, `hint` one that says
/// what to do next; neither holds secrets or prompt text. Copyable, not thread-safe.
struct Error {
  Error(Code code, std::string message, std::string hint = {},
        std::source_location where = std::source_location::current())
      : code(code), message(std::move(message)), hint(std::move(hint)), where(where) {}

  Code code;
  std::string message;
  std::string hint;
  std::string param;                                     ///< request field at fault, if any
  std::optional<std::chrono::milliseconds> retry_after;  ///< when a repeat may work
  int upstream_status = 0;                               ///< HTTP status of the engine, 0 if none
  std::vector<std::string> notes;                        ///< context added on the way up
  std::source_location where;

  Error&& at(std::string name) && {
    param = std::move(name);
    return std::move(*this);
  }
  Error&& after(std::chrono::milliseconds wait) && {
    retry_after = wait;
    return std::move(*this);
  }
  Error&& upstream(int status) && {
    upstream_status = status;
    return std::move(*this);
  }
  Error&& note(std::string text) && {
    notes.push_back(std::move(text));
    return std::move(*this);
  }
};

/// "message. hint" on one line, as the terminal and the log print it.
std::string sentence(const Error& error);

}  // namespace sensorium
