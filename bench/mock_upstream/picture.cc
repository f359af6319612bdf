// Picture headers, from the formats' own texts (ITU T.81, PNG, GIF89a, WebP container).
#include "mock_upstream/picture.h"

#include <array>
#include <cstdint>

namespace sensorium::mock {
namespace {

using Facts = std::expected<PictureFacts, std::string>;

int byte(std::string_view b, std::size_t at) { return static_cast<unsigned char>(b[at]); }
int big16(std::string_view b, std::size_t at) { return byte(b, at) << 8 | byte(b, at + 1); }
int little16(std::string_view b, std::size_t at) { return byte(b, at) | byte(b, at + 1) << 8; }
int little24(std::string_view b, std::size_t at) { return little16(b, at) | byte(b, at + 2) << 16; }

Facts jpeg(std::string_view b) {
  std::size_t at = 2;
  while (at + 9 < b.size()) {
    if (byte(b, at) != 0xff) return std::unexpected("JPEG marker expected at byte " + std::to_string(at));
    const int marker = byte(b, at + 1);
    if (marker == 0xff) {
      ++at;
      continue;
    }
    const bool frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (frame) {
      constexpr std::size_t end_window = 64;
      const auto tail = b.substr(b.size() - std::min(b.size(), end_window));
      if (tail.find("\xff\xd9") == std::string_view::npos) return std::unexpected("JPEG has no end marker");
      return PictureFacts{"image/jpeg", big16(b, at + 7), big16(b, at + 5)};
    }
    at += 2 + static_cast<std::size_t>(big16(b, at + 2));
  }
  return std::unexpected("JPEG without a frame header");
}

Facts png(std::string_view b) {
  constexpr std::size_t header = 33;
  if (b.size() < header || b.substr(12, 4) != "IHDR") return std::unexpected("PNG without IHDR");
  if (b.substr(b.size() - 8, 4) != "IEND") return std::unexpected("PNG does not end with IEND");
  return PictureFacts{"image/png", big16(b, 16) << 16 | big16(b, 18), big16(b, 20) << 16 | big16(b, 22)};
}

Facts gif(std::string_view b) {
  if (b.size() < 14) return std::unexpected("GIF is too short");
  if (b.back() != ';') return std::unexpected("GIF has no trailer");
  return PictureFacts{"image/gif", little16(b, 6), little16(b, 8)};
}

Facts webp(std::string_view b) {
  if (b.size() < 30) return std::unexpected("WebP is too short");
  const auto stated = static_cast<std::size_t>(little24(b, 4)) | static_cast<std::size_t>(byte(b, 7)) << 24;
  if (stated + 8 > b.size()) return std::unexpected("WebP is shorter than its RIFF size says");
  const auto chunk = b.substr(12, 4);
  if (chunk == "VP8 ") return PictureFacts{"image/webp", little16(b, 26) & 0x3fff, little16(b, 28) & 0x3fff};
  if (chunk == "VP8X") return PictureFacts{"image/webp", little24(b, 24) + 1, little24(b, 27) + 1};
  if (chunk != "VP8L") return std::unexpected("unknown WebP chunk");
  const int bits = little24(b, 21) | (byte(b, 24) & 0x0f) << 24;
  return PictureFacts{"image/webp", (bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1};
}

constexpr std::array<signed char, 256> make_values() {
  std::array<signed char, 256> table{};
  table.fill(-1);
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<signed char>(i);
  return table;
}
constexpr auto values = make_values();

}  // namespace

Facts read_picture(std::string_view bytes) {
  using std::literals::operator""sv;
  if (bytes.starts_with("\xff\xd8\xff"sv)) return jpeg(bytes);
  if (bytes.starts_with("\x89PNG\r\n\x1a\n"sv)) return png(bytes);
  if (bytes.starts_with("GIF87a"sv) || bytes.starts_with("GIF89a"sv)) return gif(bytes);
  if (bytes.starts_with("RIFF"sv) && bytes.size() > 12 && bytes.substr(8, 4) == "WEBP"sv) return webp(bytes);
  return std::unexpected("not a JPEG, PNG, GIF or WebP picture");
}

std::expected<std::string, std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::unexpected("base64 length is not a multiple of 4");
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  const std::size_t digits = text.size() - padding;
  std::string out;
  out.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const int value = values[static_cast<unsigned char>(text[i])];
    if (value < 0) return std::unexpected("bad base64 character at " + std::to_string(i));
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    if (i % 4 != 3) continue;
    out += static_cast<char>(bits >> 16);
    out += static_cast<char>(bits >> 8);
    out += static_cast<char>(bits);
    bits = 0;
  }
  if (padding == 0) return out;
  bits <<= 6 * padding;
  out += static_cast<char>(bits >> 16);
  if (padding == 1) out += static_cast<char>(bits >> 8);
  if ((bits & (padding == 1 ? 0xffU : 0xffffU)) != 0)
    return std::unexpected("base64 has stray bits at its end");
  return out;
}

}  // namespace sensorium::mock
