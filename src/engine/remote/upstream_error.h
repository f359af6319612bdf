// What a failure at an engine means for us: one table from statuses, machine codes and (last resort)
// words of the message to a class, and one from classes to our codes with sentence and next step.
// Surprising: the same word means different things at different providers ("insufficient_quota" is
// money at OpenAI and a per-minute rate at DashScope), hence the family.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/remote/retry_after.h"

namespace sensorium::upstream {

/// Whose dialect of errors a server speaks; from presets.def.
enum class ErrorFamily : std::uint8_t { generic, openai, dashscope, gemini, llama, anthropic };

enum class Failure : std::uint8_t {
  auth,
  quota,
  rate_limit,
  overloaded,
  timeout,
  too_large,
  bad_image,
  image_format,
  no_pictures,
  unknown_model,
  context_overflow,
  content_filter,
  server,
  bad_request,
  bad_response,
  broken_stream,
};

/// An error body of any provider, flattened.
struct ErrorBody {
  bool recognised = false;         ///< it was an error object in one of the known shapes
  bool markup = false;             ///< it was HTML or XML: a proxy or a wrong address answered
  std::vector<std::string> codes;  ///< code, type, status, reason: whatever machine words it has
  std::string message;             ///< the provider's words, unedited
  std::string param;
  std::string quota;  ///< ids of violated quotas (Gemini), for the table only
  std::optional<Milliseconds> retry_delay;
  std::optional<int> status;  ///< numeric code in the body: errors inside a stream have no other
};

/// Reads {"error":{...}}, {"error":"text"}, [{"error":...}], {"code","message"}, {"detail":...}.
ErrorBody read_error_body(std::string_view body);

/// Who failed. Views must outlive the call. `secret` is removed from whatever the provider said.
struct Source {
  std::string_view provider = {};
  std::string_view model = {};
  std::string_view key_variable = {};
  std::string_view secret = {};
  ErrorFamily family = ErrorFamily::generic;
};

Failure classify(ErrorFamily family, int status, const ErrorBody& body) noexcept;

/// The Error of a response that is not 2xx, or of an error object inside a stream (`status` 200).
Error make_error(const Source& source, int status, const net::Headers& headers, const ErrorBody& body,
                 WallClock::time_point now = WallClock::now());
/// The Error of a failure that we found ourselves; `what` completes the sentence.
Error make_error(const Source& source, Failure failure, std::string_view what = {});

/// `text` without `secret` and without anything that looks like a key, cleaned and cut for a person.
std::string scrub(std::string_view text, std::string_view secret);

}  // namespace sensorium::upstream
