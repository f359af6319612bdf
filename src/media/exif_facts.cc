// A bounded walk over three directories of tags (Exif 2.32, sections 4.6.4 to 4.6.6).
#include "media/exif_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "media/byte_view.h"
#include "media/format.h"
#include "media/vips/header.h"

namespace sensorium::media {
namespace {

constexpr std::size_t entry_size = 12, most_entries = 512, most_text = 48;
constexpr std::uint32_t ascii = 2, short_number = 3, long_number = 4, rational = 5;

struct Entry {
  std::uint32_t tag = 0, type = 0, count = 0;
  std::size_t at = 0;  ///< of the value
};

class Directory {
 public:
  Directory(std::string_view tiff, std::size_t at) : view_(tiff), little_(tiff.starts_with("II")), at_(at) {}

  std::optional<Entry> find(std::uint32_t tag) const {
    const std::size_t entries = std::min<std::size_t>(u16(at_), most_entries);
    for (std::size_t i = 0; i < entries; ++i) {
      const std::size_t at = at_ + 2 + i * entry_size;
      if (!view_.has(at, entry_size)) return std::nullopt;
      if (u16(at) != tag) continue;
      Entry entry{tag, u16(at + 2), u32(at + 4), at + 8};
      const std::size_t unit = entry.type == rational       ? 8
                               : entry.type == long_number  ? 4
                               : entry.type == short_number ? 2
                                                            : 1;
      if (entry.count > view_.size()) return std::nullopt;
      if (unit * entry.count > 4) entry.at = u32(at + 8);
      return view_.has(entry.at, unit * entry.count) ? std::optional(entry) : std::nullopt;
    }
    return std::nullopt;
  }
  std::string text(std::uint32_t tag) const {
    const auto entry = find(tag);
    if (!entry || entry->type != ascii) return {};
    std::string out;
    for (const char c : view_.text(entry->at, entry->count)) {
      if (c == '\0') break;
      if (c >= ' ' && c <= '~' && c != '"' && c != ';') out += c;
    }
    return std::string(text::trim(out)).substr(0, most_text);
  }
  std::uint32_t number(std::uint32_t tag) const {
    const auto entry = find(tag);
    if (!entry || entry->count == 0) return 0;
    return entry->type == short_number ? u16(entry->at) : entry->type == long_number ? u32(entry->at) : 0;
  }
  /// Part `i` of a list of rationals; nothing when it is no number.
  std::optional<double> ratio(std::uint32_t tag, std::size_t i = 0) const {
    const auto entry = find(tag);
    if (!entry || entry->type != rational || i >= entry->count) return std::nullopt;
    const double below = u32(entry->at + 8 * i + 4);
    return below > 0 ? std::optional(u32(entry->at + 8 * i) / below) : std::nullopt;
  }

 private:
  std::uint32_t u16(std::size_t at) const { return little_ ? view_.le16(at) : view_.be16(at); }
  std::uint32_t u32(std::size_t at) const { return little_ ? view_.le32(at) : view_.be32(at); }
  ByteView view_;
  bool little_;
  std::size_t at_;
};

std::string join(std::string a, const std::string& b, std::string_view between) {
  if (a.empty() || b.empty()) return a + b;
  return a.append(between).append(b);
}

/// "Canon" and "Canon EOS R5" are one name.
std::string camera_name(const std::string& maker, const std::string& model) {
  return model.starts_with(maker) ? model : join(maker, model, " ");
}

/// "2024:05:01 10:20:30" with its date as everybody writes it; anything else is no time.
std::string time_of(std::string text) {
  const bool shaped =
      text.size() == 19 && text[4] == ':' && text[7] == ':' && text[10] == ' ' &&
      std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || c == ':' || c == ' '; });
  if (!shaped) return {};
  text[4] = text[7] = '-';
  return text;
}

std::string exposure_of(const Directory& exif) {
  std::string out;
  if (const auto time = exif.ratio(0x829A); time && *time > 0)
    out = *time < 1 ? fmt::format("1/{:.0f} s", 1 / *time) : fmt::format("{:.1f} s", *time);
  if (const auto stop = exif.ratio(0x829D)) out = join(out, fmt::format("f/{:.1f}", *stop), ", ");
  if (const auto iso = exif.number(0x8827)) out = join(out, fmt::format("ISO {}", iso), ", ");
  if (const auto length = exif.ratio(0x920A)) out = join(out, fmt::format("{:.0f} mm", *length), ", ");
  return out;
}

std::optional<double> degrees(const Directory& gps, std::uint32_t tag, std::string_view negative) {
  const auto whole = gps.ratio(tag, 0), minutes = gps.ratio(tag, 1), seconds = gps.ratio(tag, 2);
  if (!whole) return std::nullopt;
  const double value = *whole + minutes.value_or(0) / 60 + seconds.value_or(0) / 3600;
  return gps.text(tag - 1) == negative ? -value : value;
}

std::string_view turned(int orientation) {
  switch (orientation) {
    case 3:
      return "upside down";
    case 6:
      return "a quarter turn to the left";
    case 8:
      return "a quarter turn to the right";
    default:
      return orientation > 1 ? "mirrored" : "";
  }
}

}  // namespace

ExifFacts exif_facts(std::string_view block) {
  if (block.starts_with(std::string_view("Exif\0\0", 6))) block.remove_prefix(6);
  const bool little = block.starts_with(std::string_view("II*\0", 4));
  ExifFacts facts;
  if (!little && !block.starts_with(std::string_view("MM\0*", 4))) return facts;
  const ByteView view(block);
  const Directory main(block, little ? view.le32(4) : view.be32(4));
  facts.camera = camera_name(main.text(0x010F), main.text(0x0110));
  facts.taken = time_of(main.text(0x0132));
  if (const auto way = main.number(0x0112); way >= 1 && way <= 8) facts.orientation = static_cast<int>(way);
  if (const auto at = main.number(0x8769)) {
    const Directory exif(block, at);
    if (auto taken = time_of(exif.text(0x9003)); !taken.empty()) facts.taken = std::move(taken);
    facts.lens = exif.text(0xA434);
    facts.exposure = exposure_of(exif);
  }
  if (const auto at = main.number(0x8825)) {
    const Directory gps(block, at);
    const auto north = degrees(gps, 2, "S"), east = degrees(gps, 4, "W");
    if (north && east && std::abs(*north) <= 90 && std::abs(*east) <= 180) facts.place = {*north, *east};
  }
  return facts;
}

std::string exif_words(const ExifFacts& facts, Place place) {
  std::string out;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) out = join(std::move(out), fmt::format("{}: {}", name, value), "; ");
  };
  add("camera", facts.camera);
  add("lens", facts.lens);
  add("taken", facts.taken);
  add("exposure", facts.exposure);
  add("the camera was held", turned(facts.orientation));
  if (place == Place::shown && facts.place)
    add("place",
        fmt::format("{:.5f} {}, {:.5f} {}", std::abs(facts.place->first), facts.place->first < 0 ? "S" : "N",
                    std::abs(facts.place->second), facts.place->second < 0 ? "W" : "E"));
  return out;
}

std::string exif_block(std::string_view file) {
  const FormatDef* format = sniff(file);
  if (!format || format->name == "bmp" || format->name == "gif") return {};
  if (format->name == "tiff") return std::string(file);  // a TIFF file is such a block
  return vips::read_exif(file);
}

}  // namespace sensorium::media
