// The table of error codes: the only place where a code meets HTTP, exit codes and retry rules.
#include "base/error.h"

#include <array>

#include "base/check.h"

namespace sensorium {
namespace {

constexpr std::string_view bad = "invalid_request_error", server = "server_error", limit = "rate_limit_error",
                           upstream = "upstream_error";

constexpr std::array table{
    CodeFacts{Code::invalid_request, "invalid_request", 400, 2, false, false, bad},
    CodeFacts{Code::unauthenticated, "unauthenticated", 401, 2, false, false, "authentication_error"},
    CodeFacts{Code::forbidden, "forbidden", 403, 2, false, false, "permission_error"},
    CodeFacts{Code::not_found, "not_found", 404, 2, false, false, bad},
    CodeFacts{Code::method_not_allowed, "method_not_allowed", 405, 2, false, false, bad},
    CodeFacts{Code::unknown_model, "unknown_model", 404, 2, false, true, bad},
    CodeFacts{Code::too_large, "too_large", 413, 3, false, false, bad},
    CodeFacts{Code::unsupported_media, "unsupported_media", 415, 3, false, false, bad},
    CodeFacts{Code::corrupt_media, "corrupt_media", 422, 3, false, false, bad},
    CodeFacts{Code::fetch_refused, "fetch_refused", 403, 3, false, false, bad},
    CodeFacts{Code::fetch_failed, "fetch_failed", 422, 3, false, false, bad},
    CodeFacts{Code::rate_limited, "rate_limited", 429, 5, false, false, limit},
    CodeFacts{Code::overloaded, "overloaded", 503, 5, false, false, server},
    CodeFacts{Code::deadline_exceeded, "deadline_exceeded", 504, 5, false, false, server},
    CodeFacts{Code::budget_exhausted, "budget_exhausted", 402, 5, false, false, limit},
    CodeFacts{Code::cancelled, "cancelled", 499, 130, false, false, server},
    CodeFacts{Code::upstream_rate_limited, "upstream_rate_limited", 429, 4, true, true, limit},
    CodeFacts{Code::upstream_overloaded, "upstream_overloaded", 503, 4, true, true, upstream},
    CodeFacts{Code::upstream_timeout, "upstream_timeout", 504, 4, true, true, upstream},
    CodeFacts{Code::upstream_unavailable, "upstream_unavailable", 502, 4, true, true, upstream},
    CodeFacts{Code::upstream_broken_stream, "upstream_broken_stream", 502, 4, true, true, upstream},
    CodeFacts{Code::upstream_auth, "upstream_auth", 502, 4, false, true, upstream},
    CodeFacts{Code::upstream_quota, "upstream_quota", 502, 4, false, true, upstream},
    CodeFacts{Code::upstream_protocol, "upstream_protocol", 502, 4, false, true, upstream},
    CodeFacts{Code::content_filtered, "content_filtered", 422, 4, false, true, upstream},
    CodeFacts{Code::model_limit, "model_limit", 413, 4, false, true, upstream},
    CodeFacts{Code::not_built_in, "not_built_in", 501, 2, false, false, server},
    CodeFacts{Code::misconfigured, "misconfigured", 500, 2, false, true, server},
    CodeFacts{Code::internal, "internal", 500, 70, false, false, server},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (static_cast<std::size_t>(table[i].code) != i) return false;
  return table.size() == static_cast<std::size_t>(Code::internal) + 1;
}
static_assert(in_order(), "the table lists every code once, in the order of the enum");

}  // namespace

const CodeFacts& facts(Code code) noexcept { return table[static_cast<std::size_t>(code)]; }

std::string sentence(const Error& error) {
  const auto ended = [](std::string text) {
    const bool open = !text.empty() && std::string_view(".!?").find(text.back()) == std::string_view::npos;
    return open ? text + "." : text;
  };
  return error.hint.empty() ? ended(error.message) : ended(error.message) + " " + ended(error.hint);
}

void check_failed(const char* what, std::source_location where) noexcept {
  std::fprintf(stderr, "sensorium: bug: %s does not hold at %s:%u; please report this\n", what,
               where.file_name(), where.line());
  std::abort();
}

}  // namespace sensorium
