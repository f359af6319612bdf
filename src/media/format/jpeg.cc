// JPEG: walks every segment and every scan to the end mark without decoding. Surprising: files go on
// behind the end mark (depth maps, videos, with their own places and dates); strip() drops all that.
#include <cstring>

#include "media/byte_view.h"
#include "media/exif.h"
#include "media/format.h"

namespace sensorium::media {
namespace {

constexpr std::uint8_t soi = 0xD8, eoi = 0xD9, sos = 0xDA, app0 = 0xE0, app1 = 0xE1, app2 = 0xE2,
                       app14 = 0xEE;
constexpr std::uint8_t tem = 0x01, rst0 = 0xD0, rst7 = 0xD7, com = 0xFE, jpg0 = 0xF0;
constexpr std::string_view exif_name("Exif\0\0", 6), icc_name("ICC_PROFILE\0", 12), adobe_name("Adobe", 5);
constexpr int max_scans = 500;  // real progressive files have about ten; thousands are an attack

struct Segment {
  std::uint8_t marker = 0;
  std::size_t at = 0;    ///< offset of the 0xFF before the marker
  std::size_t end = 0;   ///< first byte behind, coded data of a scan included
  std::size_t body = 0;  ///< first byte behind the length field
  bool whole = false;    ///< the file holds all of it
};

bool stands_alone(std::uint8_t marker) {
  return marker == soi || marker == eoi || marker == tem || (marker >= rst0 && marker <= rst7);
}

const char* find_ff(std::string_view bytes, std::size_t from) {
  return static_cast<const char*>(std::memchr(bytes.data() + from, 0xFF, bytes.size() - from));
}

/// Offset of the marker that ends coded data starting at `from`, or the size of `bytes`.
std::size_t end_of_scan(std::string_view bytes, std::size_t from) {
  while (from + 1 < bytes.size()) {
    const char* hit = find_ff(bytes, from);
    if (!hit) break;
    const auto at = static_cast<std::size_t>(hit - bytes.data());
    if (at + 1 >= bytes.size()) break;
    const auto next = static_cast<std::uint8_t>(bytes[at + 1]);
    if (next == 0xFF) from = at + 1;
    else if (next == 0 || (next >= rst0 && next <= rst7)) from = at + 2;
    else return at;
  }
  return bytes.size();
}

/// The segment at or behind `from`; its marker is 0 when there is none.
Segment next_segment(std::string_view bytes, std::size_t from) {
  const ByteView view(bytes);
  while (from + 1 < bytes.size()) {
    const char* hit = find_ff(bytes, from);
    if (!hit) break;
    Segment found;
    found.at = static_cast<std::size_t>(hit - bytes.data());
    found.marker = view.u8(found.at + 1);
    if (found.marker == 0 || found.marker == 0xFF) {
      from = found.at + 1;
      continue;
    }
    found.body = found.end = found.at + 2;
    found.whole = found.end <= bytes.size();
    if (stands_alone(found.marker)) return found;
    const std::size_t length = view.be16(found.at + 2);
    found.body = found.at + 4;
    found.whole = length >= 2 && view.has(found.at + 2, length);
    found.end = found.at + 2 + length;
    if (found.whole && found.marker == sos) found.end = end_of_scan(bytes, found.end);
    return found;
  }
  return {};
}

bool is_frame_header(std::uint8_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

std::string_view body_of(std::string_view bytes, const Segment& segment) {
  return bytes.substr(segment.body, segment.end - segment.body);
}

/// Segments a decoder needs; everything else may tell about people and places.
bool needed(std::string_view bytes, const Segment& segment) {
  if (segment.marker == app0) return body_of(bytes, segment).starts_with("JFIF");
  if (segment.marker == app2) return body_of(bytes, segment).starts_with(icc_name);
  if (segment.marker == app14) return body_of(bytes, segment).starts_with(adobe_name);
  return segment.marker != com && (segment.marker < app0 || segment.marker >= jpg0);
}

void read_frame_header(std::string_view body, std::uint8_t marker, PictureFacts& facts) {
  const ByteView view(body);
  facts.size = {static_cast<int>(view.be16(3)), static_cast<int>(view.be16(1))};
  const int bits = view.u8(0), channels = view.u8(5);
  const bool common_coding = marker >= 0xC0 && marker <= 0xC2;
  if (bits != 8 || channels == 4 || !common_coding) facts.srgb8 = false;
}

void read_segment(std::string_view bytes, const Segment& segment, PictureFacts& facts) {
  const auto body = body_of(bytes, segment);
  if (!needed(bytes, segment)) facts.personal = true;
  if (segment.marker == app1 && body.starts_with(exif_name) && facts.orientation == 1)
    facts.orientation = exif_orientation(body.substr(exif_name.size()));
  if (segment.marker == app2 && body.starts_with(icc_name) && body.size() > 14 && body[12] == 1)
    facts.srgb8 = facts.srgb8 && is_srgb_profile(body.substr(14));
  if (is_frame_header(segment.marker) && facts.size.width == 0)
    read_frame_header(body, segment.marker, facts);
}

/// Fills `facts` up to the end mark or to the damage.
void walk(std::string_view bytes, PictureFacts& facts) {
  std::size_t at = 2;
  bool tidy = true;
  for (int scans = 0;;) {
    const Segment segment = next_segment(bytes, at);
    if (segment.marker == 0 || !segment.whole) {
      facts.damage = "it ends in the middle";
      return;
    }
    tidy = tidy && segment.at == at;
    if (segment.marker == eoi) {
      facts.complete = tidy && scans > 0;
      facts.personal = facts.personal || segment.end != bytes.size();
      if (scans == 0) facts.damage = "it holds no picture data";
      return;
    }
    if (segment.marker == sos && ++scans > max_scans) {
      facts.damage = "it has more scans than any real picture";
      return;
    }
    read_segment(bytes, segment, facts);
    facts.interlaced = facts.interlaced || scans > 1;
    at = segment.end;
  }
}

bool sniff_jpeg(std::string_view bytes) noexcept { return bytes.starts_with("\xFF\xD8\xFF"); }

Result<PictureFacts> probe_jpeg(std::string_view bytes) {
  PictureFacts facts;
  walk(bytes, facts);
  if (facts.size.width > 0 && facts.size.height > 0) return facts;
  return Error(Code::corrupt_media, "The JPEG is damaged: it ends before its header does",
               "Save or download the picture again and check that the file is complete.");
}

std::string strip_jpeg(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  out.append(bytes, 0, 2);
  for (std::size_t at = 2;;) {
    const Segment segment = next_segment(bytes, at);
    if (segment.marker == 0 || !segment.whole) return out;
    if (needed(bytes, segment)) out.append(bytes, segment.at, segment.end - segment.at);
    if (segment.marker == eoi) return out;
    at = segment.end;
  }
}

}  // namespace

extern const FormatDef jpeg_format{.name = "jpeg",
                                   .mime = "image/jpeg",
                                   .extension = ".jpg",
                                   .passable = true,
                                   .library_header = false,
                                   .decode_bytes = 4,
                                   .sniff = sniff_jpeg,
                                   .probe = probe_jpeg,
                                   .strip = strip_jpeg};

}  // namespace sensorium::media
