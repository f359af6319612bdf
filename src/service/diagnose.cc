// Pictures are decoded; of videos and recordings the container is walked: boxes of MP4, chunks of RIFF.
#include "service/diagnose.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "media/format.h"
#include "media/iso_media.h"
#include "media/prepare.h"
#include "service/service_shared.h"
#include "service/troubles.h"

namespace sensorium::service {
namespace {

using Level = Finding::Level;
using Kind = ContainerFacts::Kind;
using Bytes = std::function<std::string(std::int64_t, std::size_t)>;

constexpr std::size_t head_size = 4096;

std::uint64_t big_endian(std::string_view bytes) noexcept {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::uint64_t little_endian(std::string_view bytes) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i)
    value = value << 8 | static_cast<unsigned char>(bytes[i - 1]);
  return value;
}

/// Boxes at the top of an ISO media file: are they whole, and is there an index?
std::string damage_of_boxes(std::int64_t size, const Bytes& at) {
  constexpr int most_boxes = 10'000;
  bool index = false;
  std::int64_t place = 0;
  for (int i = 0; i < most_boxes && place + 8 <= size; ++i) {
    const std::string head = at(place, 16);
    if (head.size() < 8) break;
    std::uint64_t length = big_endian(std::string_view(head).substr(0, 4));
    if (length == 1 && head.size() == 16) length = big_endian(std::string_view(head).substr(8));
    if (length == 0) length = static_cast<std::uint64_t>(size - place);
    if (length < 8) return "its boxes are damaged";
    const std::string_view type = std::string_view(head).substr(4, 4);
    index = index || type == "moov" || type == "moof";
    if (length > static_cast<std::uint64_t>(size - place))
      return fmt::format("it is cut off: {} of {} bytes are there", size,
                         static_cast<std::uint64_t>(place) + length);
    place += static_cast<std::int64_t>(length);
  }
  return index ? "" : "it has no index (moov): it was cut off, or its recording never ended";
}

std::string damage_of_riff(std::int64_t size, std::string_view head) {
  if (head.size() < 12) return "it is cut off";
  const std::uint64_t says = little_endian(head.substr(4, 4)) + 8;
  constexpr std::uint64_t endless = 0xFFFFFFFF;  // written by programs that stream
  if (says >= endless || says <= static_cast<std::uint64_t>(size)) return {};
  return fmt::format("it is cut off: {} of {} bytes are there", size, says);
}

struct Magic {
  std::size_t at;
  std::string_view bytes;
  Kind kind;
  std::string_view format;
};
constexpr std::array magics{
    Magic{8, "AVI ", Kind::video, "AVI"},
    Magic{8, "WAVE", Kind::recording, "WAV"},
    Magic{0, "\x1A\x45\xDF\xA3", Kind::video, "WebM or Matroska"},
    Magic{0, "FLV\x01", Kind::video, "Flash video"},
    Magic{0, "\x30\x26\xB2\x75", Kind::video, "Windows Media"},
    Magic{0, std::string_view("\0\0\x01\xBA", 4), Kind::video, "MPEG"},
    Magic{0, "OggS", Kind::recording, "Ogg"},
    Magic{0, "fLaC", Kind::recording, "FLAC"},
    Magic{0, "ID3", Kind::recording, "MP3"},
    Magic{0, "\xFF\xFB", Kind::recording, "MP3"},
    Magic{0, "\xFF\xF3", Kind::recording, "MP3"},
    Magic{0, "\xFF\xF1", Kind::recording, "AAC"},
    Magic{0, "#!AMR", Kind::recording, "AMR"},
};

std::string size_words(std::int64_t bytes) { return text::human_bytes(static_cast<std::uint64_t>(bytes)); }

Finding named(const Trouble& which, std::string subject, std::string message) {
  return {Level::problem, std::move(subject), fmt::format("{}: {}", which.name, message),
          std::string(which.remedy)};
}

void diagnose_container(const std::string& path, std::int64_t size, const ContainerFacts& facts,
                        std::vector<Finding>& out) {
  const bool video = facts.kind == Kind::video;
  const std::string what =
      fmt::format("a {} ({}), {}", video ? "video" : "recording", facts.format, size_words(size));
  if (!facts.damage.empty())
    return out.push_back(named(trouble("unreadable or unsupported video"), path, what + "; " + facts.damage));
  out.push_back({Level::good, path, what + ", its container is whole as far as can be told",
                 video ? "Use it with: sensorium timeline" : "Use it with: sensorium transcribe"});
}

std::string picture_words(const media::Picture& picture, std::int64_t size) {
  const auto& facts = picture.facts;
  std::string what = fmt::format("{}, {} x {}, {}", facts.format->name, facts.upright_size().width,
                                 facts.upright_size().height, size_words(size));
  if (facts.frames > 1) what += fmt::format(", {} frames or pages (the first is looked at)", facts.frames);
  if (facts.orientation != 1) what += ", turned by its EXIF (it is turned upright)";
  if (facts.alpha) what += ", partly transparent (flattened on white)";
  if (facts.personal) what += ", carries EXIF or comments (cut out before it is sent)";
  return what;
}

/// How the first model of `auto` would get it: over a limit or not, and what it costs.
void say_how_it_is_sent(const Service::Shared& shared, const std::string& path, const media::Picture& picture,
                        std::vector<Finding>& out) {
  for (const auto& provider : shared.providers.all()) {
    if (!provider.wants_key || !provider.usable() || provider.default_model.empty()) continue;
    const EngineCard card = shared.models.card(provider.settings.name, provider.default_model);
    const media::Size whole = picture.facts.upright_size();
    const media::Size sent = media::fit(card.prepare.pixels, whole, media::Detail::automatic);
    const auto tokens = picture_tokens(card.tokens, sent, wire_detail(card, media::Detail::automatic, sent));
    const bool over = static_cast<std::int64_t>(picture.bytes->size()) > card.prepare.max_bytes;
    std::string message = fmt::format("{}/{} gets it as {} x {}: {} tokens", provider.settings.name,
                                      provider.default_model, sent.width, sent.height, tokens);
    if (over)
      message += fmt::format("; as it is it would be over the provider's limit of {}",
                             size_words(card.prepare.max_bytes));
    out.push_back({over ? Level::note : Level::good, path, std::move(message),
                   over ? "Nothing to do: it is shrunk before it is sent" : ""});
    return;
  }
}

void diagnose_picture(const Service::Shared& shared, const std::string& path,
                      const std::shared_ptr<const std::string>& bytes, std::vector<Finding>& out) {
  constexpr int looked_at = 512;
  const auto size = static_cast<std::int64_t>(bytes->size());
  const auto picture = media::open_picture(bytes, shared.limits);
  if (!picture) {
    const Error& error = picture.error();
    const bool unknown = error.code == Code::unsupported_media;
    out.push_back({Level::problem, path,
                   unknown ? fmt::format("{}: {}", trouble("unidentifiable picture").name, error.message)
                           : error.message,
                   error.hint});
    return;
  }
  const auto decoded = media::decode_pixels(CallContext(), *picture, looked_at);
  if (!decoded) return out.push_back({Level::problem, path, decoded.error().message, decoded.error().hint});
  out.push_back({Level::good, path, picture_words(*picture, size), ""});
  say_how_it_is_sent(shared, path, *picture, out);
}

}  // namespace

ContainerFacts look_at_container(std::int64_t size, const Bytes& at) {
  const std::string head = at(0, head_size);
  const auto iso = media::iso_kind(head);
  if (iso == media::IsoKind::video) return {Kind::video, "MP4 or QuickTime", damage_of_boxes(size, at)};
  if (iso == media::IsoKind::audio) return {Kind::recording, "M4A", damage_of_boxes(size, at)};
  for (const Magic& magic : magics) {
    if (head.size() < magic.at + magic.bytes.size() ||
        head.substr(magic.at, magic.bytes.size()) != magic.bytes)
      continue;
    const bool riff = head.starts_with("RIFF");
    return {magic.kind, magic.format, riff ? damage_of_riff(size, head) : std::string()};
  }
  return {};
}

bool is_base64_text(std::string_view head) noexcept {
  constexpr std::size_t least = 64;
  if (head.starts_with("data:")) return head.substr(0, 200).contains(";base64,");
  std::size_t seen = 0;
  for (const char c : head) {
    const bool digit = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       c == '+' || c == '/' || c == '-' || c == '_';
    if (!digit && c != '=' && c != '\n' && c != '\r') return false;
    seen += digit ? 1 : 0;
  }
  return seen >= least;
}

void diagnose_file(const Service::Shared& shared, const std::string& path, std::vector<Finding>& out) {
  std::error_code error;
  const auto found = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file)
    return out.push_back({Level::problem, path,
                          fmt::format("cannot be read: {}", error ? error.message() : "permission denied"),
                          "Check the name and the permissions"});
  const auto size = static_cast<std::int64_t>(found);
  const Bytes at = [&](std::int64_t offset, std::size_t count) {
    std::string bytes(count, '\0');
    file.clear();
    file.seekg(offset);
    file.read(bytes.data(), static_cast<std::streamsize>(count));
    bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    return bytes;
  };
  if (size == 0) return out.push_back(named(trouble("unidentifiable picture"), path, "the file is empty"));
  if (const auto container = look_at_container(size, at); container.kind != Kind::none)
    return diagnose_container(path, size, container, out);
  if (is_base64_text(at(0, head_size)))
    return out.push_back(
        named(trouble("bad base64"), path, "this is base64 text, not a picture; decode it: base64 -d"));
  if (size > shared.limits.max_bytes)
    return out.push_back({Level::problem, path,
                          fmt::format("is larger than [media] max_bytes_mb allows: {}", size_words(size)),
                          "Shrink it, or raise the limit"});
  diagnose_picture(shared, path, std::make_shared<const std::string>(at(0, static_cast<std::size_t>(size))),
                   out);
}

}  // namespace sensorium::service
