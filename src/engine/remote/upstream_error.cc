// The two tables. Rows are tried from the top: machine codes first, then words, then the status.
// NOTE [Order of classification]: providers reuse statuses (a wrong key is 400 at Gemini, a client
// mistake 500 at llama-server), so a status alone decides only when nothing else matched.
#include "engine/remote/upstream_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/text.h"

namespace sensorium::upstream {
namespace {

using enum Failure;

/// Empty fields match anything. `status` 4 and 5 stand for the hundreds.
struct Rule {
  ErrorFamily family;
  int status;
  std::string_view code;  ///< equals one of ErrorBody::codes, any case; a trailing * makes it a prefix
  std::string_view text;  ///< occurs in the message or quota id, any case
  Failure failure;
};

constexpr auto any = ErrorFamily::generic;
constexpr auto dashscope = ErrorFamily::dashscope;
constexpr auto gemini = ErrorFamily::gemini;
constexpr auto claude = ErrorFamily::anthropic;

constexpr std::array rules{
    // Codes that mean different things in one family.
    Rule{dashscope, 0, "", "free allocated quota exceeded", quota},
    Rule{dashscope, 0, "AllocationQuota.FreeTierOnly", "", quota},
    Rule{dashscope, 0, "Arrearage", "", quota},
    Rule{dashscope, 429, "", "", rate_limit},
    Rule{gemini, 0, "API_KEY_INVALID", "", auth},
    Rule{gemini, 0, "", "api key not valid", auth},
    Rule{gemini, 429, "", "perday", quota},
    Rule{gemini, 429, "", "", rate_limit},
    Rule{gemini, 400, "FAILED_PRECONDITION", "", quota},
    Rule{claude, 0, "ramp_limit_exceeded", "", quota},
    Rule{claude, 0, "contract_spend_limit_reached", "", quota},
    Rule{claude, 0, "enforced_spend_limit_reached", "", quota},
    Rule{claude, 400, "", "spend limit", quota},
    Rule{claude, 400, "", "usage limits", quota},
    Rule{claude, 400, "", "credit balance", quota},
    // Money.
    Rule{any, 0, "insufficient_quota", "", quota},
    Rule{any, 0, "credit_balance_exhausted", "", quota},
    Rule{any, 0, "billing_error", "", quota},
    Rule{any, 0, "billing_not_active", "", quota},
    // Waiting helps.
    Rule{any, 0, "rate_limit_*", "", rate_limit},
    Rule{any, 0, "Throttling*", "", rate_limit},
    Rule{any, 503, "slow_down", "", overloaded},
    Rule{any, 0, "slow_down", "", rate_limit},
    Rule{any, 0, "server_is_overloaded", "", overloaded},
    Rule{any, 0, "overloaded_error", "", overloaded},
    Rule{any, 0, "ModelServingError", "", overloaded},
    Rule{any, 0, "ModelUnavailable", "", overloaded},
    Rule{any, 0, "unavailable_error", "", overloaded},
    Rule{any, 0, "timeout_error", "", timeout},
    Rule{any, 0, "DEADLINE_EXCEEDED", "", timeout},
    // Keys.
    Rule{any, 0, "invalid_api_key", "", auth},
    Rule{any, 0, "InvalidApiKey", "", auth},
    Rule{any, 0, "authentication_error", "", auth},
    Rule{any, 0, "permission_error", "", auth},
    // The size of what was asked.
    Rule{any, 0, "context_length_exceeded", "", context_overflow},
    Rule{any, 0, "exceed_context_size_error", "", context_overflow},
    Rule{any, 400, "", "maximum context length", context_overflow},
    Rule{any, 400, "", "prompt is too long", context_overflow},
    Rule{any, 400, "", "range of input length should be", context_overflow},
    Rule{any, 400, "", "input token count", context_overflow},
    Rule{any, 400, "", "exceeds the available context size", context_overflow},
    Rule{any, 400, "", "greater than the context length", context_overflow},
    Rule{any, 0, "image_too_large", "", too_large},
    Rule{any, 0, "image_file_too_large", "", too_large},
    Rule{any, 0, "image_dimensions_too_large", "", too_large},
    Rule{any, 0, "request_too_large", "", too_large},
    Rule{any, 400, "", "payload size exceeds", too_large},
    Rule{claude, 400, "", "image exceeds", too_large},
    Rule{claude, 400, "", "image dimensions exceed", too_large},
    Rule{any, 400, "", "image(s) may be provided", too_large},
    // What was asked.
    Rule{any, 0, "content_policy_violation", "", content_filter},
    Rule{any, 0, "image_content_policy_violation", "", content_filter},
    Rule{any, 0, "content_filter", "", content_filter},
    Rule{any, 0, "invalid_prompt", "", content_filter},
    Rule{any, 0, "bio_policy", "", content_filter},
    Rule{any, 0, "misalignment_policy_violation", "", content_filter},
    Rule{any, 0, "data_inspection_failed", "", content_filter},
    Rule{any, 0, "DataInspectionFailed", "", content_filter},
    // The model.
    Rule{any, 0, "model_not_found", "", unknown_model},
    Rule{any, 0, "ModelNotFound", "", unknown_model},
    Rule{any, 0, "", "image input is not supported", no_pictures},
    Rule{any, 0, "", "does not support image", no_pictures},
    Rule{any, 0, "", "not a multimodal model", no_pictures},
    Rule{any, 0, "", "no endpoints found that support image input", no_pictures},
    Rule{any, 400, "", "unsupported content[].type", no_pictures},
    Rule{any, 400, "", "model name is missing", unknown_model},
    Rule{ErrorFamily::llama, 400, "", "not found", unknown_model},
    // The pictures.
    Rule{any, 0, "invalid_image_format", "", image_format},
    Rule{any, 0, "unsupported_image_media_type", "", image_format},
    Rule{any, 400, "", "cannot identify image file", image_format},
    Rule{any, 0, "invalid_image*", "", bad_image},
    Rule{any, 0, "image_parse_error", "", bad_image},
    Rule{any, 0, "image_too_small", "", bad_image},
    Rule{any, 0, "invalid_base64_image", "", bad_image},
    Rule{any, 0, "empty_image_file", "", bad_image},
    Rule{any, 0, "sanitizer_server_error", "", bad_image},
    Rule{any, 0, "", "failed to load image", bad_image},
    Rule{any, 0, "", "invalid base64", bad_image},
    Rule{any, 400, "", "does not represent a valid image", bad_image},
    Rule{any, 400, "", "unable to process input image", bad_image},
    Rule{any, 400, "", "could not process image", bad_image},
    // The status alone.
    Rule{any, 3, "", "", bad_response},
    Rule{any, 401, "", "", auth},
    Rule{any, 402, "", "", quota},
    Rule{any, 403, "", "", auth},
    Rule{any, 404, "", "", unknown_model},
    Rule{any, 408, "", "", timeout},
    Rule{any, 413, "", "", too_large},
    Rule{any, 429, "", "", rate_limit},
    Rule{any, 503, "", "", overloaded},
    Rule{any, 504, "", "", timeout},
    Rule{any, 529, "", "", overloaded},
    Rule{any, 4, "", "", bad_request},
    Rule{any, 5, "", "", server},
    // An error object inside a stream that began with 200.
    Rule{any, 200, "server_error", "", server},
    Rule{any, 200, "internal_error", "", server},
    Rule{any, 200, "InternalError", "", server},
    Rule{any, 200, "invalid_request_error", "", bad_request},
    Rule{any, 200, "not_found_error", "", unknown_model},
    Rule{any, 0, "", "", server},
};

/// How a class is told. {0} is the provider, {1} the model, {2} where its key comes from.
struct Meaning {
  Failure failure;
  Code code;
  std::string_view message;
  std::string_view hint;
};

constexpr std::array meanings{
    Meaning{auth, Code::upstream_auth, "{0} did not accept the API key",
            "Check {2}; some keys are valid in one region only"},
    Meaning{quota, Code::upstream_quota, "The quota or credit at {0} is used up",
            "Check the account's billing, or choose another model"},
    Meaning{rate_limit, Code::upstream_rate_limited, "{0} limits the rate of requests",
            "Wait a moment and try again, or lower the concurrency"},
    Meaning{overloaded, Code::upstream_overloaded, "{0} is overloaded or still loading the model",
            "Try again in a few seconds"},
    Meaning{timeout, Code::upstream_timeout, "{0} did not answer in time",
            "Try again, or raise timeout_first_token_s of this engine"},
    Meaning{too_large, Code::model_limit, "The pictures are too many or too large for {0}/{1}",
            "Use --detail low, or send fewer pictures"},
    Meaning{bad_image, Code::invalid_request, "{0} could not read a picture",
            "Check that the picture opens elsewhere, or convert it to JPEG or PNG"},
    Meaning{image_format, Code::unsupported_media, "{0} does not take pictures of this format",
            "Convert the picture to JPEG or PNG"},
    Meaning{no_pictures, Code::unknown_model, "The model {1} of {0} does not take pictures",
            "Choose a model that does: sensorium models ls"},
    Meaning{unknown_model, Code::unknown_model, "{0} has no model {1} for this key",
            "Check the spelling, or see sensorium models ls"},
    Meaning{context_overflow, Code::model_limit, "The question is longer than {0}/{1} can read at once",
            "Shorten it, send fewer pictures, or use --detail low"},
    Meaning{content_filter, Code::content_filtered, "{0} declined to answer",
            "Ask differently, or choose another model"},
    Meaning{server, Code::upstream_unavailable, "{0} failed",
            "Try again; if it persists, see the provider's status page"},
    Meaning{bad_request, Code::invalid_request, "{0} did not accept the request",
            "Change what it names, or choose another model"},
    Meaning{bad_response, Code::upstream_protocol, "{0} sent an answer that cannot be understood",
            "Check that base_url is the address of an OpenAI-compatible API"},
    Meaning{broken_stream, Code::upstream_broken_stream, "The answer of {0} broke off", "Try again"},
};

constexpr bool complete() {
  for (std::size_t i = 0; i < meanings.size(); ++i)
    if (static_cast<std::size_t>(meanings[i].failure) != i) return false;
  return meanings.size() == static_cast<std::size_t>(broken_stream) + 1;
}
static_assert(complete(), "every class once, in the order of the enum");

constexpr std::size_t longest_words = 300;

bool contains_ignoring_case(std::string_view text, std::string_view part) noexcept {
  if (part.size() > text.size()) return false;
  for (std::size_t i = 0; i + part.size() <= text.size(); ++i)
    if (text::equal_ignoring_case(text.substr(i, part.size()), part)) return true;
  return false;
}

bool code_matches(std::string_view pattern, std::span<const std::string> codes) noexcept {
  const bool prefix = pattern.ends_with('*');
  if (prefix) pattern.remove_suffix(1);
  return std::ranges::any_of(codes, [&](std::string_view code) {
    if (prefix) code = code.substr(0, pattern.size());
    return text::equal_ignoring_case(code, pattern);
  });
}

bool status_matches(int pattern, int status) noexcept {
  return pattern == 0 || pattern == status || (pattern < 10 && pattern == status / 100);
}

bool matches(const Rule& rule, ErrorFamily family, int status, const ErrorBody& body) noexcept {
  if (rule.family != any && rule.family != family) return false;
  if (!status_matches(rule.status, status)) return false;
  if (!rule.code.empty() && !code_matches(rule.code, body.codes)) return false;
  return rule.text.empty() || contains_ignoring_case(body.message, rule.text) ||
         contains_ignoring_case(body.quota, rule.text);
}

std::string key_source(const Source& source) {
  if (!source.key_variable.empty()) return std::string(source.key_variable);
  return fmt::format("api_key_file of [engines.{}]", source.provider);
}

std::string fill(std::string_view pattern, const Source& source) {
  return fmt::format(fmt::runtime(pattern), source.provider, source.model, key_source(source));
}

bool key_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '*';
}

/// Replaces what follows `start` by "[key]" where it is long enough to be one.
void hide_keys(std::string& text, std::string_view start) {
  constexpr std::size_t shortest_key = 8;
  for (auto at = text.find(start); at != std::string::npos; at = text.find(start, at + 1)) {
    auto end = at + start.size();
    while (end < text.size() && key_character(text[end])) ++end;
    const bool word_start = at == 0 || !key_character(text[at - 1]);
    if (word_start && end - at >= shortest_key) text.replace(at, end - at, "[key]");
  }
}

}  // namespace

Failure classify(ErrorFamily family, int status, const ErrorBody& body) noexcept {
  for (const Rule& rule : rules)
    if (matches(rule, family, status, body)) return rule.failure;
  return server;
}

std::string scrub(std::string_view words, std::string_view secret) {
  std::string out = text::clean_utf8(words);
  std::ranges::replace_if(out, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  if (!secret.empty())
    for (auto at = out.find(secret); at != std::string::npos; at = out.find(secret, at))
      out.replace(at, secret.size(), "[key]");
  for (const std::string_view start : {"sk-", "AIza", "Bearer "}) hide_keys(out, start);
  return text::shorten(text::trim(out), longest_words);
}

Error make_error(const Source& source, Failure failure, std::string_view what) {
  const Meaning& meaning = meanings[static_cast<std::size_t>(failure)];
  std::string message = fill(meaning.message, source);
  if (!what.empty()) message += fmt::format(": {}", scrub(what, source.secret));
  return Error(meaning.code, std::move(message), fill(meaning.hint, source));
}

namespace {

/// Anthropic's 429 without a wait is about money.
Failure told_by_headers(Failure failure, const Source& source, int status, const net::Headers& headers) {
  const bool no_wait = net::find_header(headers, "retry-after").empty();
  return source.family == claude && failure == rate_limit && status == 429 && no_wait ? quota : failure;
}

}  // namespace

Error make_error(const Source& source, int status, const net::Headers& headers, const ErrorBody& body,
                 WallClock::time_point now) {
  if (status == 200 && body.status) status = *body.status;
  const Failure failure = told_by_headers(classify(source.family, status, body), source, status, headers);
  Error error = make_error(source, failure, body.message);
  if (body.markup) {
    error.message += fmt::format(": it answered {} with a web page instead of JSON", status);
    if (failure == unknown_model || failure == bad_request)
      error.hint = "Check base_url: this address is not an API";
  }
  error.upstream_status = status;
  if (!body.param.empty() && failure == bad_request) error.param = scrub(body.param, source.secret);
  const auto repeat = should_retry(headers);
  // Whatever it was, the provider wants it again: a conflict of its own, a lock.
  constexpr int conflict = 409;
  if (repeat.value_or(status == conflict) && failure == bad_request) error.code = Code::upstream_overloaded;
  if (facts(error.code).retry)
    error.retry_after = repeat == false ? do_not_repeat : retry_after(headers, body.retry_delay, now);
  for (const std::string_view name : {"x-request-id", "request-id"})
    if (const auto id = net::find_header(headers, name); !id.empty())
      error.notes.push_back(fmt::format("request id at {}: {}", source.provider, scrub(id, source.secret)));
  return error;
}

}  // namespace sensorium::upstream
