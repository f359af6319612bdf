// Which writing a recognised line uses, and small questions about characters.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sensorium::reader {

/// Characters of valid UTF-8.
std::vector<std::string_view> characters(std::string_view text);
char32_t code_point(std::string_view character) noexcept;
/// Han, kana, hangul, and the full-width punctuation written with them.
bool is_wide(char32_t c) noexcept;
bool is_han(char32_t c) noexcept;

/// "han", "latin", "mixed", "digits" (no letters at all) or "none".
std::string_view script_of(std::string_view text) noexcept;

}  // namespace sensorium::reader
