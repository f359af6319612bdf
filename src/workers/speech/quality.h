// Tests of recognised text: does it repeat itself, is it a phrase that Whisper is known to invent?
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sensorium::speech {

/// Bytes of the text by bytes of its zlib form, as OpenAI's decoder computes it; above 2.4 it repeats itself.
double compression_ratio(std::string_view text);

/// Whether the last tokens are one group, up to 20 long, `times` times in a row.
bool loops(std::span<const std::int32_t> tokens, int times);

/// Whether the whole text is one of the phrases that training on subtitles taught it ("Thanks for
/// watching!"). A person may well say them: only with evidence that nobody spoke is that a reason to drop it.
bool known_invention(std::string_view text);

}  // namespace sensorium::speech
