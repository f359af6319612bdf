// Measuring pixels, and the few EXIF tags that answer questions.
#include "workers/reader/facts.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace sensorium::reader {
namespace {

constexpr int measured_side = 1024;
constexpr double least_share = 0.03;
constexpr std::size_t exif_window = 256UL << 10;

constexpr std::array<std::string_view, 11> colour_names{
    "black", "white", "grey", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown"};
enum Colour : std::size_t { black, white, grey_, red, orange, yellow, green, blue, purple, pink, brown };

/// By hue, saturation and value (HSV); the borders are where most people put them.
Colour name_of(int r, int g, int b) noexcept {
  const int high = std::max({r, g, b}), low = std::min({r, g, b}), chroma = high - low;
  if (high < 50) return black;
  if (chroma * 100 < high * 15) return high > 215 ? white : grey_;
  double hue = high == r   ? 60.0 * (g - b) / chroma
               : high == g ? 120 + 60.0 * (b - r) / chroma
                           : 240 + 60.0 * (r - g) / chroma;
  if (hue < 0) hue += 360;
  const bool pale = chroma * 100 < high * 45;
  if (hue < 15 || hue >= 345) return pale ? pink : red;
  if (hue < 45) return high < 160 ? brown : orange;
  if (hue < 70) return yellow;
  if (hue < 170) return green;
  if (hue < 255) return blue;
  if (hue < 300) return purple;
  return pink;
}

std::vector<ColourShare> colours_of(const Image& image) {
  std::array<std::size_t, colour_names.size()> counts{};
  const std::size_t pixels = image.rgb.size() / 3;
  for (std::size_t i = 0; i < pixels; ++i)
    ++counts[name_of(image.rgb[3 * i], image.rgb[3 * i + 1], image.rgb[3 * i + 2])];
  std::vector<ColourShare> shares;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double share =
        static_cast<double>(counts[i]) / static_cast<double>(std::max<std::size_t>(pixels, 1));
    if (share >= least_share) shares.push_back({colour_names[i], share});
  }
  std::ranges::sort(shares, std::ranges::greater(), &ColourShare::share);
  return shares;
}

double laplacian_variance(const Grey& image) {
  const auto w = static_cast<std::size_t>(image.size.width), h = static_cast<std::size_t>(image.size.height);
  const auto& v = image.values;
  double sum = 0, squares = 0, n = 0;
  for (std::size_t y = 1; y + 1 < h; ++y)
    for (std::size_t i = y * w + 1; i + 1 < (y + 1) * w; ++i) {
      const double value = v[i - 1] + v[i + 1] + v[i - w] + v[i + w] - 4 * v[i];
      sum += value, squares += value * value, n += 1;
    }
  return n > 0 ? squares / n - (sum / n) * (sum / n) : 0;
}

/// A bounds-checked view of a TIFF-shaped block.
class Tiff {
 public:
  explicit Tiff(std::string_view bytes) : bytes_(bytes), little_(bytes.starts_with("II")) {}
  std::uint32_t number(std::size_t at, std::size_t size) const noexcept {
    if (at > bytes_.size() || size > bytes_.size() - at) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
      value = (value << 8) | static_cast<unsigned char>(bytes_[at + (little_ ? size - 1 - i : i)]);
    return value;
  }
  std::string text(std::size_t entry) const {
    const std::uint32_t count = number(entry + 4, 4);
    const std::size_t at = count <= 4 ? entry + 8 : number(entry + 8, 4);
    if (at >= bytes_.size() || count > 256) return {};
    const std::string_view raw = bytes_.substr(at, count);
    return std::string(text::trim(text::clean_utf8(raw.substr(0, raw.find('\0')))));
  }

  void directory(std::size_t at, int depth, ExifFacts& facts) const {
    static constexpr std::uint32_t make = 0x10F, model = 0x110, changed = 0x132, exif = 0x8769, gps = 0x8825,
                                   taken = 0x9003;
    if (depth > 2) return;
    const std::uint32_t entries = std::min(number(at, 2), 512U);
    for (std::uint32_t i = 0; i < entries; ++i) {
      const std::size_t entry = at + 2 + 12UL * i;
      switch (number(entry, 2)) {
        case make:
          facts.camera = text(entry) + (facts.camera.empty() ? "" : " " + facts.camera);
          break;
        case model:
          facts.camera += (facts.camera.empty() ? "" : " ") + text(entry);
          break;
        case changed:
          if (facts.date.empty()) facts.date = text(entry);
          break;
        case taken:
          facts.date = text(entry);
          break;
        case gps:
          facts.gps = true;
          break;
        case exif:
          directory(number(entry + 8, 4), depth + 1, facts);
          break;
        default:
          break;
      }
    }
  }
  void read(ExifFacts& facts) const { directory(number(4, 4), 0, facts); }

 private:
  std::string_view bytes_;
  bool little_;
};

}  // namespace

Facts measure(const Image& image) {
  Facts facts;
  Image small;
  const Image* used = &image;
  if (image.size.long_side() > measured_side) {
    const double scale = static_cast<double>(measured_side) / image.size.long_side();
    small = resized(image, {std::max(1, static_cast<int>(image.size.width * scale)),
                            std::max(1, static_cast<int>(image.size.height * scale))});
    used = &small;
  }
  const Grey luma = grey(*used);
  double sum = 0;
  for (auto v : luma.values) sum += v;
  facts.brightness = sum / static_cast<double>(std::max<std::size_t>(luma.values.size(), 1));
  facts.sharpness = laplacian_variance(luma);
  facts.colours = colours_of(*used);
  facts.phash = media::phash(image);
  return facts;
}

ExifFacts exif_facts(std::string_view bytes) {
  ExifFacts facts;
  const std::string_view window = bytes.substr(0, exif_window);
  for (std::string_view mark :
       {std::string_view("Exif\0\0", 6), std::string_view("eXIf"), std::string_view("EXIF")}) {
    const std::size_t at = window.find(mark);
    if (at == std::string_view::npos) continue;
    const std::size_t skip = mark == "EXIF" ? 8 : mark.size();
    const std::string_view tiff = bytes.substr(std::min(bytes.size(), at + skip), exif_window);
    if (!tiff.starts_with("II*") && !tiff.starts_with("MM")) continue;
    Tiff(tiff).read(facts);
    break;
  }
  return facts;
}

}  // namespace sensorium::reader
