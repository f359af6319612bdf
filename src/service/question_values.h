// Values of a question that mean the same in a JSON body and in a form. Private to question_*.cc.
#pragma once

#include <string>
#include <string_view>

#include "service/question_json.h"

namespace sensorium::service {

inline constexpr std::int64_t max_tokens_low = 1, max_tokens_high = 4096;
inline constexpr double temperature_low = 0, temperature_high = 2, max_cost_high = 1e6;
inline constexpr std::int64_t smallest_tile = 128, largest_tile = 8192, adaptive_tile = 1024;  // px
inline constexpr Milliseconds longest_timeout = std::chrono::hours(24);

/// invalid_request: "`param` must be wanted".
Error wrong(std::string_view param, std::string_view wanted, std::string hint = {});

Result<DetailChoice> detail_choice(std::string_view word);
Result<ExifChoice> exif_choice(std::string_view word);
Result<CacheChoice> cache_choice(std::string_view word);
Result<CompareParts> parts_of(std::string_view word);
/// `param` is "pages" or "frames".
Result<std::string> page_choice(std::string_view param, std::string_view text);
Result<Milliseconds> checked_timeout(Milliseconds time);
Result<Milliseconds> timeout_of(std::string_view text);

/// Adds a picture, called `label`, out of the field `param`. Errors: invalid_request, fetch_refused.
Status add_base64(Question& question, std::string_view text, std::string label, std::string_view param);
Status add_url(Question& question, std::string_view url, std::string label, std::string_view param);

}  // namespace sensorium::service
