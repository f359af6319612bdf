// All BMP forms that Windows and scanners write: 1 to 32 bits, bit fields, RLE4 and RLE8.
#include "media/bmp.h"

#include <algorithm>
#include <bit>

#include "media/byte_view.h"

namespace sensorium::media {
namespace {

constexpr std::uint32_t rgb = 0, rle8 = 1, rle4 = 2, bit_fields = 3, alpha_bit_fields = 6;
constexpr std::size_t file_header = 14;
constexpr std::uint32_t core_header = 12, info_header = 40, v3_header = 56;

Error damaged(std::string_view what) {
  return Error(Code::corrupt_media, "The BMP is damaged: " + std::string(what),
               "Save or download the picture again and check that the file is complete.");
}

void read_masks(const ByteView& view, std::uint32_t header, BmpHeader& bmp) {
  if (bmp.compression == bit_fields || bmp.compression == alpha_bit_fields) {
    constexpr std::size_t at = file_header + info_header;
    bmp.red = view.le32(at);
    bmp.green = view.le32(at + 4);
    bmp.blue = view.le32(at + 8);
    if (header >= v3_header || bmp.compression == alpha_bit_fields) bmp.alpha = view.le32(at + 12);
  } else if (bmp.bits == 16) {
    bmp.red = 0x7C00, bmp.green = 0x3E0, bmp.blue = 0x1F;
  } else if (bmp.bits == 32) {
    bmp.red = 0xFF0000, bmp.green = 0xFF00, bmp.blue = 0xFF;
  }
}

bool possible(const BmpHeader& bmp) {
  if (bmp.compression == rgb)
    return bmp.bits == 1 || bmp.bits == 4 || bmp.bits == 8 || bmp.bits == 16 || bmp.bits == 24 ||
           bmp.bits == 32;
  if (bmp.compression == rle8) return bmp.bits == 8 && !bmp.top_down;
  if (bmp.compression == rle4) return bmp.bits == 4 && !bmp.top_down;
  return (bmp.compression == bit_fields || bmp.compression == alpha_bit_fields) &&
         (bmp.bits == 16 || bmp.bits == 32);
}

/// One channel by its mask, scaled to 0..255.
struct Channel {
  explicit Channel(std::uint32_t channel_mask) : mask(channel_mask), shift(std::countr_zero(channel_mask)) {
    if (mask != 0) top = mask >> shift;
  }
  std::uint8_t operator()(std::uint32_t value) const {
    return mask == 0 ? std::uint8_t{0}
                     : static_cast<std::uint8_t>(std::uint64_t{(value & mask) >> shift} * 255 / top);
  }
  std::uint32_t mask;
  int shift;
  std::uint32_t top = 1;
};

struct Palette {
  Palette(const ByteView& view, const BmpHeader& bmp) {
    const auto entries = std::min(bmp.palette_colors, 256);
    for (int i = 0; i < entries; ++i) {
      const std::size_t at = bmp.palette_at + static_cast<std::size_t>(i * bmp.palette_entry);
      auto* color = colors + i * 3;
      color[0] = view.u8(at + 2), color[1] = view.u8(at + 1), color[2] = view.u8(at);
    }
  }
  std::uint8_t colors[256 * 3] = {};
};

void put(std::uint8_t*& out, const Palette& palette, unsigned index) {
  out = std::copy_n(palette.colors + index * 3, 3, out);
}

void unpack_indexed(const ByteView& view, std::size_t at, const BmpHeader& bmp, const Palette& palette,
                    std::uint8_t* out) {
  const auto bits = static_cast<unsigned>(bmp.bits), per_byte = 8 / bits, mask = (1U << bits) - 1;
  for (unsigned x = 0; x < static_cast<unsigned>(bmp.size.width); ++x) {
    const unsigned packed = view.u8(at + x / per_byte);
    put(out, palette, packed >> (8 - bits * (x % per_byte + 1)) & mask);
  }
}

void unpack_masked(const ByteView& view, std::size_t at, const BmpHeader& bmp, std::uint8_t* out) {
  const Channel red(bmp.red), green(bmp.green), blue(bmp.blue), alpha(bmp.alpha);
  const auto step = static_cast<std::size_t>(bmp.bits / 8);
  for (int x = 0; x < bmp.size.width; ++x, at += step, out += 3) {
    const std::uint32_t value = step == 2 ? view.le16(at) : view.le32(at);
    const std::uint8_t channels[] = {red(value), green(value), blue(value)};
    const unsigned opaque = bmp.alpha ? alpha(value) : 255U;
    for (int c = 0; c < 3; ++c)
      out[c] = static_cast<std::uint8_t>((channels[c] * opaque + 255U * (255U - opaque) + 127U) / 255U);
  }
}

void unpack_row(const ByteView& view, std::size_t at, const BmpHeader& bmp, const Palette& palette,
                std::uint8_t* out) {
  if (bmp.bits <= 8) return unpack_indexed(view, at, bmp, palette, out);
  if (bmp.bits != 24) return unpack_masked(view, at, bmp, out);
  for (int x = 0; x < bmp.size.width; ++x, at += 3, out += 3)
    out[0] = view.u8(at + 2), out[1] = view.u8(at + 1), out[2] = view.u8(at);
}

/// Run-length coding, bottom row first; what the codes skip stays in colour 0.
class RunDecoder {
 public:
  RunDecoder(const ByteView& view, const BmpHeader& bmp, const Palette& palette, Pixels& out)
      : view_(view), bmp_(bmp), palette_(palette), out_(out), at_(bmp.pixels_at) {}

  Status run(const CallContext& ctx) {
    for (int line = 0; y_ < bmp_.size.height && view_.has(at_, 2);) {
      const unsigned count = view_.u8(at_), code = view_.u8(at_ + 1);
      at_ += 2;
      if (count > 0) repeat(count, code);
      else if (code == 1) return {};
      else if (!escape(code)) break;
      if (y_ != line) SN_TRY(ctx.check());
      line = y_;
    }
    if (y_ >= bmp_.size.height) return {};
    return damaged("its coded pixels end in the middle");
  }

 private:
  unsigned index_in(unsigned byte, unsigned i) const {
    return bmp_.bits == 8 ? byte : (i % 2 == 0 ? byte >> 4 : byte & 15);
  }
  void pixel(unsigned index) {
    if (x_ < bmp_.size.width && y_ < bmp_.size.height) {
      const auto row = static_cast<std::size_t>(bmp_.size.height - 1 - y_);
      auto* out = out_.rgb.data() +
                  (row * static_cast<std::size_t>(bmp_.size.width) + static_cast<std::size_t>(x_)) * 3;
      put(out, palette_, index);
    }
    if (x_ < bmp_.size.width) ++x_;
  }
  void repeat(unsigned count, unsigned byte) {
    for (unsigned i = 0; i < count; ++i) pixel(index_in(byte, i));
  }
  /// End of line, jump, or literal pixels; false when the data end.
  bool escape(unsigned code) {
    if (code == 0) {
      x_ = 0;
      ++y_;
    } else if (code == 2) {
      x_ = std::min(x_ + view_.u8(at_), bmp_.size.width);
      y_ += view_.u8(at_ + 1);
      at_ += 2;
    } else {
      const unsigned bytes = bmp_.bits == 8 ? code : (code + 1) / 2;
      if (!view_.has(at_, bytes)) return false;
      for (unsigned i = 0; i < code; ++i) pixel(index_in(view_.u8(at_ + (bmp_.bits == 8 ? i : i / 2)), i));
      at_ += bytes + (bytes & 1);
    }
    return true;
  }

  ByteView view_;
  const BmpHeader& bmp_;
  const Palette& palette_;
  Pixels& out_;
  std::size_t at_;
  int x_ = 0, y_ = 0;
};

}  // namespace

Result<BmpHeader> read_bmp_header(std::string_view bytes) {
  const ByteView view(bytes);
  BmpHeader bmp;
  bmp.pixels_at = view.le32(10);
  const std::uint32_t header = view.le32(file_header);
  if (!view.has(file_header, header)) return damaged("it ends before its header does");
  std::uint32_t colors = 0;
  if (header == core_header) {
    bmp.size = {static_cast<int>(view.le16(18)), static_cast<int>(view.le16(20))};
    bmp.bits = static_cast<int>(view.le16(24));
    bmp.palette_entry = 3;
  } else if (header >= info_header && header <= 1024) {
    const auto height = static_cast<std::int32_t>(view.le32(22));
    bmp.top_down = height < 0;
    bmp.size = {static_cast<std::int32_t>(view.le32(18)), height == INT32_MIN ? 0 : std::abs(height)};
    bmp.bits = static_cast<int>(view.le16(28));
    bmp.compression = view.le32(30);
    colors = view.le32(46);
  } else {
    return damaged("its header has an unknown length");
  }
  if (bmp.size.width <= 0 || bmp.size.height <= 0) return damaged("its header names no size");
  if (!possible(bmp))
    return Error(Code::unsupported_media, "The BMP uses a coding that no picture program writes today",
                 "Save it as PNG or JPEG and send that.");
  if (bmp.bits <= 8)
    bmp.palette_colors = colors == 0 || colors > 256 ? 1 << bmp.bits : static_cast<int>(colors);
  bmp.palette_at = file_header + header;
  read_masks(view, header, bmp);
  return bmp;
}

Result<Pixels> decode_bmp(const CallContext& ctx, std::string_view bytes) {
  const auto bmp = SN_TRY(read_bmp_header(bytes));
  const ByteView view(bytes);
  const Palette palette(view, bmp);
  const auto width = static_cast<std::size_t>(bmp.size.width),
             height = static_cast<std::size_t>(bmp.size.height);
  if (bmp.compression != rle8 && bmp.compression != rle4 &&
      (bmp.pixels_at > bytes.size() || (bytes.size() - bmp.pixels_at) / bmp.row_bytes() < height))
    return damaged("it ends in the middle");
  Pixels out{bmp.size, std::vector<std::uint8_t>(width * height * 3)};
  if (bmp.compression == rle8 || bmp.compression == rle4) {
    for (std::size_t i = 0; i < width * height; ++i) std::copy_n(palette.colors, 3, out.rgb.data() + i * 3);
    SN_TRY(RunDecoder(view, bmp, palette, out).run(ctx));
    return out;
  }
  for (std::size_t y = 0; y < height; ++y) {
    if (y % 64 == 0) SN_TRY(ctx.check());
    const std::size_t row = bmp.top_down ? y : height - 1 - y;
    unpack_row(view, bmp.pixels_at + y * bmp.row_bytes(), bmp, palette, out.rgb.data() + row * width * 3);
  }
  return out;
}

}  // namespace sensorium::media
