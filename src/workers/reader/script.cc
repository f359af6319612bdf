// Unicode ranges that matter to the reader.
#include "workers/reader/script.h"

namespace sensorium::reader {
namespace {

std::size_t sequence_length(char lead) noexcept {
  const auto c = static_cast<unsigned char>(lead);
  return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

bool is_latin_letter(char32_t c) noexcept {
  return ((c | 32U) >= 'a' && (c | 32U) <= 'z') || (c >= 0xC0 && c <= 0x24F && c != 0xD7 && c != 0xF7);
}

}  // namespace

std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const auto length = std::min(sequence_length(text[0]), text.size());
    out.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return out;
}

char32_t code_point(std::string_view character) noexcept {
  if (character.empty()) return 0;
  const auto lead = static_cast<unsigned char>(character[0]);
  char32_t value = lead;
  if (character.size() > 1) value = lead & (0xFFU >> (character.size() + 1));
  for (const char c : character.substr(1)) value = (value << 6) | (static_cast<unsigned char>(c) & 0x3FU);
  return value;
}

bool is_han(char32_t c) noexcept {
  return (c >= 0x3400 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x323AF) ||
         c == 0x3007;
}

bool is_wide(char32_t c) noexcept {
  return is_han(c) || (c >= 0x3000 && c <= 0x30FF) || (c >= 0xAC00 && c <= 0xD7A3) ||
         (c >= 0xFF01 && c <= 0xFF60);
}

std::string_view script_of(std::string_view text) noexcept {
  int han = 0, latin = 0, digits = 0;
  while (!text.empty()) {
    const auto length = std::min(sequence_length(text[0]), text.size());
    const auto c = code_point(text.substr(0, length));
    text.remove_prefix(length);
    if (is_han(c) || (c >= 0x3040 && c <= 0x30FF) || (c >= 0xAC00 && c <= 0xD7A3)) ++han;
    else if (is_latin_letter(c)) ++latin;
    else if (c >= '0' && c <= '9') ++digits;
  }
  if (han > 0 && latin > 2) return "mixed";
  if (han > 0) return "han";
  if (latin > 0) return "latin";
  return digits > 0 ? "digits" : "none";
}

}  // namespace sensorium::reader
