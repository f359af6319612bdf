// A PNG of one colour, written without a library: stored deflate blocks, CRC-32 and Adler-32 by hand.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/chat_engine.h"

namespace sensorium::testing {

struct Colour {
  std::uint8_t red, green, blue;
};

namespace detail {
inline std::string big_endian(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}
inline std::uint32_t crc32(const std::string& bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char c : bytes) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xEDB88320 & (0U - (crc & 1)));
  }
  return ~crc;
}
inline std::uint32_t adler32(const std::string& bytes) {
  std::uint32_t a = 1, b = 0;
  for (const char c : bytes) {
    a = (a + static_cast<std::uint8_t>(c)) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}
inline std::string chunk(const std::string& type, const std::string& body) {
  return big_endian(static_cast<std::uint32_t>(body.size())) + type + body + big_endian(crc32(type + body));
}
inline std::string stored(const std::string& raw) {
  constexpr std::size_t longest = 65535;
  std::string out("\x78\x01", 2);
  for (std::size_t at = 0; at < raw.size(); at += longest) {
    const auto size = static_cast<std::uint16_t>(std::min(longest, raw.size() - at));
    const auto negated = static_cast<std::uint16_t>(~size);
    out += at + size == raw.size() ? '\1' : '\0';
    for (const std::uint16_t word : {size, negated})
      out += {static_cast<char>(word), static_cast<char>(word >> 8)};
    out += raw.substr(at, size);
  }
  return out + big_endian(adler32(raw));
}
}  // namespace detail

inline std::string flat_png(media::Size size, Colour colour) {
  using namespace detail;
  std::string row(1, '\0');
  for (int x = 0; x < size.width; ++x)
    row += {static_cast<char>(colour.red), static_cast<char>(colour.green), static_cast<char>(colour.blue)};
  std::string raw;
  for (int y = 0; y < size.height; ++y) raw += row;
  const auto header = big_endian(static_cast<std::uint32_t>(size.width)) +
                      big_endian(static_cast<std::uint32_t>(size.height)) + std::string("\x08\x02\0\0\0", 5);
  return std::string("\x89PNG\r\n\x1a\n", 8) + chunk("IHDR", header) + chunk("IDAT", stored(raw)) +
         chunk("IEND", "");
}

inline PicturePart flat_picture(media::Size size, Colour colour) {
  PicturePart part;
  part.picture.bytes = std::make_shared<const std::string>(flat_png(size, colour));
  part.picture.mime = "image/png";
  part.picture.size = size;
  return part;
}

}  // namespace sensorium::testing
