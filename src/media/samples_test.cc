// Making pictures for the other tests, through libvips' generic writer.
#include "media/samples.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "media/format.h"
#include "media/vips/api.h"

// The HEIC encoder, which only these tests use, loses some memory at its first use.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libx265\n"; }

namespace sensorium::media::samples {
namespace {

constexpr void* end_of_options = nullptr;

const vips::Api& api() {
  start_library("media_test");
  const auto& api = **vips::api();
  vips::load_heif_module(api);
  return api;
}

template <class F>
F* symbol(const char* name) {
  static void* library = dlopen(SN_VIPS_SONAME, RTLD_NOW);
  return reinterpret_cast<F*>(dlsym(library, name));
}
#define SN_CALL(name) symbol<decltype(::name)>(#name)

/// Without the EXIF block that libvips invents.
std::string stripped(std::string_view suffix) {
  std::string name(suffix);
  if (!name.ends_with(']')) return name + "[strip]";
  name.back() = ',';
  return name + "strip]";
}

std::string write(VipsImage* image, std::string_view suffix) {
  void* buffer = nullptr;
  std::size_t length = 0;
  const int failed =
      SN_CALL(vips_image_write_to_buffer)(image, stripped(suffix).c_str(), &buffer, &length, end_of_options);
  EXPECT_EQ(failed, 0) << SN_CALL(vips_error_buffer)();
  if (failed) return {};
  std::string bytes(static_cast<const char*>(buffer), length);
  api().g_free(buffer);
  // The WebP writer puts EXIF in whatever it is told.
  const auto* format = sniff(bytes);
  return format && format->name == "webp" ? format->strip(bytes) : bytes;
}

vips::Image wrap(const void* data, std::size_t bytes, Size size, int bands, VipsBandFormat format,
                 VipsInterpretation kind) {
  vips::Image image(api().vips_image_new_from_memory(data, bytes, size.width, size.height, bands, format));
  VipsImage* out = nullptr;
  EXPECT_EQ(SN_CALL(vips_copy)(image.get(), &out, "interpretation", kind, end_of_options), 0);
  return vips::Image(out);
}

vips::Image wrap(const Raster& raster) {
  return wrap(raster.bytes.data(), raster.bytes.size(), raster.size, raster.channels, VIPS_FORMAT_UCHAR,
              raster.channels == 1 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB);
}

std::string le(std::uint32_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
  return out;
}

std::string be(std::uint32_t value, int bytes) {
  auto out = le(value, bytes);
  std::ranges::reverse(out);
  return out;
}

}  // namespace

Raster flag(Size size) {
  Raster raster{size, 3, {}};
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      const bool corner = x < size.width / 4 && y < size.height / 4, left = x < size.width / 2;
      for (const bool on : {left && !corner, !left && !corner, corner})
        raster.bytes.push_back(on ? std::uint8_t{230} : std::uint8_t{20});
    }
  return raster;
}

Raster photo(Size size, unsigned seed) {
  std::minstd_rand random(seed);
  Raster raster{size, 3, {}};
  raster.bytes.reserve(raster.row_bytes() * static_cast<std::size_t>(size.height));
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x)
      for (int c = 0; c < 3; ++c) {
        const int base = 40 + (c == 0 ? x * 150 / size.width : c == 1 ? y * 150 / size.height : 60);
        raster.bytes.push_back(static_cast<std::uint8_t>(base + static_cast<int>(random() % 24)));
      }
  return raster;
}

std::string encode(const Raster& raster, std::string_view suffix) {
  return write(wrap(raster).get(), suffix);
}

std::string cmyk_jpeg(Size size) {
  std::string ink;
  for (int i = 0; i < size.width * size.height; ++i) ink += std::string("\x00\xC8\xC8\x00", 4);
  return write(wrap(ink.data(), ink.size(), size, 4, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_CMYK).get(),
               ".jpg");
}

std::string deep_png(Size size) {
  std::vector<std::uint16_t> samples;
  for (int i = 0; i < size.width * size.height; ++i)
    for (const std::uint16_t value : std::initializer_list<std::uint16_t>{51400, 25700, 0})
      samples.push_back(value);
  return write(
      wrap(samples.data(), samples.size() * 2, size, 3, VIPS_FORMAT_USHORT, VIPS_INTERPRETATION_RGB16).get(),
      ".png[bitdepth=16]");
}

std::string with_alpha(const Raster& raster, std::uint8_t alpha, std::string_view suffix) {
  std::vector<std::uint8_t> rgba;
  for (std::size_t i = 0; i < raster.bytes.size(); i += 3)
    rgba.insert(rgba.end(), {raster.bytes[i], raster.bytes[i + 1], raster.bytes[i + 2], alpha});
  return write(
      wrap(rgba.data(), rgba.size(), raster.size, 4, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB).get(),
      suffix);
}

std::string animation(const Raster& frame, int frames, std::string_view suffix) {
  std::vector<std::uint8_t> tall;
  for (int i = 0; i < frames; ++i) {
    auto shifted = frame.bytes;
    for (auto& sample : shifted) sample = static_cast<std::uint8_t>(sample ^ (i * 40));
    tall.insert(tall.end(), shifted.begin(), shifted.end());
  }
  const Size size{frame.size.width, frame.size.height * frames};
  const auto image = wrap(tall.data(), tall.size(), size, 3, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB);
  SN_CALL(vips_image_set_int)(image.get(), VIPS_META_PAGE_HEIGHT, frame.size.height);
  return write(image.get(), suffix);
}

std::string exif(int orientation) {
  const auto entry = [](std::uint32_t tag, std::uint32_t type, std::uint32_t count, std::uint32_t value) {
    return le(tag, 2) + le(type, 2) + le(count, 4) + le(value, 4);
  };
  const std::uint32_t gps_at = 8 + 2 + 2 * 12 + 4, text_at = gps_at + 2 + 12 + 4;
  return std::string("II*\0", 4) + le(8, 4) + le(2, 2) +
         entry(0x0112, 3, 1, static_cast<std::uint32_t>(orientation)) + entry(0x8825, 4, 1, gps_at) +
         le(0, 4) + le(1, 2) + entry(0x001D, 2, 12, text_at) + le(0, 4) + std::string("SECRETPLACE\0", 12);
}

std::string with_segment(std::string_view jpeg, std::uint8_t marker, std::string_view body) {
  std::string out(jpeg.substr(0, 2));
  out += '\xFF';
  out += static_cast<char>(marker);
  out += be(static_cast<std::uint32_t>(body.size() + 2), 2);
  out += body;
  return out += jpeg.substr(2);
}

std::string with_exif(std::string_view jpeg, int orientation) {
  return with_segment(jpeg, 0xE1, std::string("Exif\0\0", 6) + exif(orientation));
}

std::string png_header(std::uint32_t width, std::uint32_t height) {
  return std::string("\x89PNG\r\n\x1a\n", 8) + be(13, 4) + "IHDR" + be(width, 4) + be(height, 4) +
         std::string("\x08\x02\0\0\0", 5) + be(0, 4);
}

std::string exchanged_profile() {
  const auto fixed = [](double value) {
    return be(static_cast<std::uint32_t>(static_cast<int>(value * 65536)), 4);
  };
  const auto xyz = [&](double x, double y, double z) {
    return "XYZ " + std::string(4, '\0') + fixed(x) + fixed(y) + fixed(z);
  };
  const auto curve = "curv" + std::string(4, '\0') + be(1, 4) + be(0x0233, 2) + std::string(2, '\0');
  const auto text =
      "desc" + std::string(4, '\0') + be(10, 4) + std::string("exchanged\0", 10) + std::string(78, '\0');
  const std::pair<std::string_view, std::string> tags[] = {
      {"desc", text},
      {"wtpt", xyz(0.9642, 1, 0.8249)},
      {"rXYZ", xyz(0.3851, 0.7169, 0.0971)},  // the colorant of sRGB's green
      {"gXYZ", xyz(0.4361, 0.2225, 0.0139)},
      {"bXYZ", xyz(0.1431, 0.0606, 0.7141)},
      {"rTRC", curve},
      {"gTRC", curve},
      {"bTRC", curve},
      {"cprt", "text" + std::string(8, '\0')},
  };
  std::string table = be(static_cast<std::uint32_t>(std::size(tags)), 4), data;
  const std::size_t data_at = 128 + 4 + std::size(tags) * 12;
  for (const auto& [name, body] : tags) {
    table += std::string(name) + be(static_cast<std::uint32_t>(data_at + data.size()), 4) +
             be(static_cast<std::uint32_t>(body.size()), 4);
    data += body + std::string((4 - body.size() % 4) % 4, '\0');
  }
  std::string header = be(static_cast<std::uint32_t>(data_at + data.size()), 4) + std::string(4, '\0') +
                       be(0x02400000, 4) + "mntrRGB XYZ " + std::string(12, '\0') + "acsp";
  header.resize(68, '\0');
  header += fixed(0.9642) + fixed(1) + fixed(0.8249);
  header.resize(128, '\0');
  return header + table + data;
}

std::string with_profile(std::string_view jpeg, std::string_view profile) {
  return with_segment(jpeg, 0xE2, std::string("ICC_PROFILE\0\1\1", 14).append(profile));
}

Bytes share(std::string bytes) { return std::make_shared<const std::string>(std::move(bytes)); }

Picture open(std::string bytes) {
  auto picture = open_picture(share(std::move(bytes)), {});
  EXPECT_TRUE(picture.has_value()) << (picture ? "" : sentence(picture.error()));
  return picture ? *picture : Picture{share(""), {}};
}

}  // namespace sensorium::media::samples
