// Magic numbers of what people send by mistake. Order matters only for containers within containers.
#include "media/foreign.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "media/byte_view.h"
#include "media/format.h"
#include "media/iso_media.h"

namespace sensorium::media {
namespace {

constexpr std::string_view video_hint = "Use `sensorium timeline` for video.";
constexpr std::string_view audio_hint = "Use `sensorium transcribe` for speech.";

struct Foreign {
  std::string_view what;
  std::string_view hint;
};

struct Magic {
  std::size_t at;
  std::string_view bytes;
  Foreign foreign;
};

constexpr Magic magics[] = {
    {0, "%PDF-", {"a PDF document", "Turn its pages into PNG pictures (`pdftoppm -png`) and send those."}},
    {0, "\x1A\x45\xDF\xA3", {"a WebM or Matroska video", video_hint}},
    {8, "AVI ", {"an AVI video", video_hint}},
    {0, "FLV\x01", {"a Flash video", video_hint}},
    {0, "\x30\x26\xB2\x75\x8E\x66\xCF\x11", {"a Windows Media file", video_hint}},
    {0, std::string_view("\0\0\x01\xBA", 4), {"an MPEG video", video_hint}},
    {8, "WAVE", {"a WAV recording", audio_hint}},
    {0, "OggS", {"an Ogg recording", audio_hint}},
    {0, "fLaC", {"a FLAC recording", audio_hint}},
    {0, "ID3", {"an MP3 recording", audio_hint}},
    {0, "\xFF\xFB", {"an MP3 recording", audio_hint}},
    {0, "\xFF\xF3", {"an MP3 recording", audio_hint}},
    {0, "\xFF\xF1", {"an AAC recording", audio_hint}},
    {0, "#!AMR", {"an AMR recording", audio_hint}},
    {0, std::string_view("\xFF\x0A", 2), {"a JPEG XL picture", {}}},
    {4, "JXL ", {"a JPEG XL picture", {}}},
    {4, std::string_view("jP  ", 4), {"a JPEG 2000 picture", {}}},
    {0, "8BPS", {"a Photoshop document", {}}},
    {0, std::string_view("\0\0\x01\0", 4), {"a Windows icon", {}}},
    {0, "PK\x03\x04", {"a ZIP archive or an Office document", "Unpack it and send the pictures inside."}},
    {0, "\x1F\x8B", {"a gzip archive", "Unpack it and send the pictures inside."}},
    {0, "\x37\x7A\xBC\xAF\x27\x1C", {"a 7-Zip archive", "Unpack it and send the pictures inside."}},
    {0, "Rar!", {"a RAR archive", "Unpack it and send the pictures inside."}},
    {0, "version https://git-lfs", {"a Git LFS pointer, not the file itself", "Run `git lfs pull` first."}},
    {0, "data:", {"a data URL", "Send the bytes that it encodes."}},
};

/// The first 512 bytes in lower case without leading white space and byte order mark.
std::string text_head(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  const auto first = bytes.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  std::string head(bytes.substr(first, 512));
  std::ranges::transform(head, head.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return head;
}

bool looks_like_text(std::string_view head) {
  return !head.empty() && std::ranges::none_of(head, [](unsigned char c) {
    return c < 0x20 && c != '\t' && c != '\r' && c != '\n';
  });
}

Foreign recognise_text(std::string_view head) {
  if (head.find("<svg") != std::string_view::npos)
    return {"an SVG drawing, which is a program rather than a picture", "Export it as PNG and send that."};
  if (head.starts_with("<!doctype html") || head.starts_with("<html") ||
      head.find("<head") != std::string_view::npos)
    return {"a web page (HTML)",
            "The address may need a sign-in, or lead to a page about the picture: send the picture itself."};
  if (head.starts_with("<?xml")) return {"an XML document", {}};
  if (head.starts_with('{') || head.starts_with('[')) return {"JSON text", {}};
  return looks_like_text(head) ? Foreign{"plain text", {}} : Foreign{};
}

Foreign recognise(std::string_view bytes) {
  switch (iso_kind(bytes)) {
    case IsoKind::video:
      return {"an MP4 or QuickTime video", video_hint};
    case IsoKind::audio:
      return {"an M4A recording", audio_hint};
    default:
      break;
  }
  const ByteView view(bytes);
  for (const auto& magic : magics)
    if (view.text(magic.at, magic.bytes.size()) == magic.bytes) return magic.foreign;
  return recognise_text(text_head(bytes));
}

}  // namespace

Error refuse_foreign(std::string_view bytes) {
  const auto foreign = recognise(bytes);
  constexpr std::string_view accepted = "JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC and AVIF are accepted.";
  std::string hint(foreign.hint);
  if (!hint.empty()) hint += ' ';
  hint += accepted;
  if (foreign.what.empty())
    return Error(Code::unsupported_media, "The file is not a picture: its content is of no known type",
                 std::move(hint));
  return Error(Code::unsupported_media,
               "The file is not a picture that can be read: it looks like " + std::string(foreign.what),
               std::move(hint));
}

}  // namespace sensorium::media
