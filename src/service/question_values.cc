// Words and numbers, each judged once for both ways in; pictures from base64, data URLs and addresses.
#include "service/question_values.h"

#include <fmt/format.h>

#include <charconv>

#include "base/base64.h"
#include "base/text.h"
#include "media/format.h"
#include "media/page_choice.h"
#include "net/address_policy.h"

namespace sensorium::service {
namespace {

constexpr std::size_t max_pictures = 64;

std::string_view usual_name(std::string_view mime) noexcept {
  return mime == "image/jpg" || mime == "image/pjpeg" ? "image/jpeg" : mime;
}

Status check_count(const Question& question, const std::string& label) {
  if (question.pictures.size() < max_pictures) return {};
  return Error(Code::invalid_request, fmt::format("More than {} pictures in one question", max_pictures),
               "Ask about fewer at once")
      .at(label);
}

Status add_bytes(Question& question, std::string bytes, std::string label) {
  SN_TRY(check_count(question, label));
  question.pictures.push_back({std::make_shared<const std::string>(std::move(bytes)), std::move(label)});
  return {};
}

Status add_data_url(Question& question, std::string_view url, std::string label, std::string_view param) {
  auto decoded = decode_data_url(url);
  if (!decoded) return std::move(decoded).error().at(std::string(param));
  if (decoded->data.empty()) return wrong(param, "a picture, but its data URL is empty");
  const media::FormatDef* format = media::sniff(decoded->data);
  const std::string_view declared = usual_name(decoded->mime);
  if (format && declared.starts_with("image/") && declared != format->mime)
    question.warnings.push_back(fmt::format("{} is declared as {}, but its bytes are {}; it was read as {}",
                                            label, text::printable(text::shorten(declared, 60)), format->mime,
                                            format->name));
  return add_bytes(question, std::move(decoded->data), std::move(label));
}

}  // namespace

Error wrong(std::string_view param, std::string_view wanted, std::string hint) {
  return Error(Code::invalid_request, fmt::format("`{}` must be {}", param, wanted), std::move(hint))
      .at(std::string(param));
}

Result<DetailChoice> detail_choice(std::string_view word) {
  if (word == "auto") return DetailChoice::automatic;
  if (word == "low") return DetailChoice::low;
  if (word == "high") return DetailChoice::high;
  return wrong("detail", "one of low, high, auto", "Leave it out for auto");
}

Result<ExifChoice> exif_choice(std::string_view word) {
  if (word == "off") return ExifChoice::off;
  if (word == "basic") return ExifChoice::basic;
  if (word == "gps") return ExifChoice::gps;
  return wrong("exif", "one of off, basic, gps", "Leave it out for off");
}

Result<std::string> page_choice(std::string_view param, std::string_view text) {
  const auto lone = param == "frames" ? media::LoneNumber::count : media::LoneNumber::page;
  auto choice = media::parse_pages(text, lone);
  if (!choice) return std::move(choice).error().at(std::string(param));
  return std::string(text);
}

Result<CacheChoice> cache_choice(std::string_view word) {
  if (word == "use") return CacheChoice::use;
  if (word == "refresh") return CacheChoice::refresh;
  if (word == "off") return CacheChoice::off;
  return wrong("cache", "one of use, refresh, off", "Leave it out for use");
}

Result<Milliseconds> checked_timeout(Milliseconds time) {
  if (time <= Milliseconds::zero() || time > longest_timeout)
    return wrong("timeout", "more than 0 and at most 24 hours",
                 "Give seconds, like 30, or a text like \"90s\"");
  return time;
}

Result<Milliseconds> timeout_of(std::string_view text) {
  auto time = text::parse_duration(text);
  if (!time) return std::move(time).error().at("timeout");
  return checked_timeout(*time);
}

Result<CompareParts> parts_of(std::string_view word) {
  if (word == "pixels") return CompareParts::pixels;
  if (word == "words") return CompareParts::words;
  return wrong("only", "one of pixels, words", "Leave it out for both");
}

Result<TileChoice> tile_choice(std::string_view word) {
  TileChoice tile;
  word = text::trim(word);
  if (word.starts_with("adaptive")) {
    tile.adaptive = true;
    tile.size = static_cast<int>(adaptive_tile);
    word.remove_prefix(std::string_view("adaptive").size());
    if (word.empty()) return tile;
    if (word.front() == ':') word.remove_prefix(1);
  } else if (word == "true" || word.empty()) {
    return tile;
  }
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), tile.size);
  if (error != std::errc() || end != word.data() + word.size() || tile.size < smallest_tile ||
      tile.size > largest_tile)
    return wrong(
        "tile",
        fmt::format("a size from {} to {} pixels, adaptive, or adaptive:SIZE", smallest_tile, largest_tile),
        "Leave out the size for 512");
  return tile;
}

Status add_base64(Question& question, std::string_view text, std::string label, std::string_view param) {
  if (is_data_url(text)) return add_data_url(question, text, std::move(label), param);
  if (text.empty()) return wrong(param, "a picture in base64, but it is empty");
  auto bytes = base64_decode(text);
  if (!bytes) return std::move(bytes).error().at(std::string(param));
  return add_bytes(question, std::move(*bytes), std::move(label));
}

Status add_url(Question& question, std::string_view url, std::string label, std::string_view param) {
  if (is_data_url(url)) return add_data_url(question, url, std::move(label), param);
  if (url.empty()) return wrong(param, "an http, https or data URL, but it is empty");
  auto checked = net::parse_media_url(url);
  if (!checked) return std::move(checked).error().at(std::string(param));
  SN_TRY(check_count(question, label));
  question.pictures.push_back({nullptr, std::move(label), std::string(url)});
  return {};
}

}  // namespace sensorium::service
