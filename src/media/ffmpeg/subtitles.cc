// Text tracks and subtitle files: every format becomes ASS in the decoder, and plain text here.
#include <algorithm>

#include "media/ass_text.h"
#include "media/ffmpeg/input.h"

namespace sensorium::media {
namespace ffmpeg {
namespace {

constexpr std::size_t most_cues = 100'000;

std::string text_of(const AVSubtitle& subtitle) {
  std::string text;
  for (unsigned i = 0; i < subtitle.num_rects; ++i) {
    const AVSubtitleRect& rect = *subtitle.rects[i];
    const std::string line = rect.ass ? plain_text_of_ass(rect.ass) : rect.text ? rect.text : "";
    if (line.empty()) continue;
    if (!text.empty()) text += '\n';
    text += line;
  }
  return text;
}

}  // namespace
}  // namespace ffmpeg

Result<std::vector<SubtitleCue>> read_subtitles(const CallContext& ctx, const std::string& path) {
  using namespace ffmpeg;
  const auto input = SN_TRY(Input::open(ctx, path));
  std::vector<SubtitleCue> cues;
  if (input->text() < 0) return cues;
  const AVStream& stream = *input->format()->streams[input->text()];
  const Codec codec = open_decoder(*stream.codecpar, stream.time_base);
  if (!codec)
    return Error(Code::unsupported_media, "There is no decoder for the subtitles",
                 "Give them as an .srt file.");
  const double tick = static_cast<double>(stream.time_base.num) / stream.time_base.den;
  const double start = input->video() >= 0 ? input->start() : 0;
  const Packet packet = make_packet();
  while (packet && cues.size() < most_cues && SN_TRY(input->read(ctx, packet.get(), input->text()))) {
    AVSubtitle subtitle{};
    int got = 0;
    if (opened().avcodec_decode_subtitle2(codec.get(), &subtitle, &got, packet.get()) >= 0 && got != 0) {
      const double at = static_cast<double>(packet->pts) * tick - start;
      const double length = packet->duration > 0 ? static_cast<double>(packet->duration) * tick
                                                 : subtitle.end_display_time / 1000.0;
      if (std::string text = text_of(subtitle); !text.empty() && packet->pts != AV_NOPTS_VALUE)
        cues.push_back({at, at + std::min(length, 3600.0), std::move(text)});
      opened().avsubtitle_free(&subtitle);
    }
    opened().av_packet_unref(packet.get());
  }
  std::ranges::sort(cues, {}, &SubtitleCue::start);
  return cues;
}

}  // namespace sensorium::media
