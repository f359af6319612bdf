// Which frames come out and with which times, over codecs and containers; and what broken films lead to.
#include "media/frame_stream.h"

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "media/film_samples.h"

namespace sensorium::media {
namespace {

using samples::film_fps;
using testing::HasSubstr;

constexpr int frames = 150;
constexpr double half_frame = 0.5 / film_fps;

/// A codec in a container, and what its times are worth.
struct Form {
  const char* name;
  const char* file;
  const char* arguments;
};

class FilmForms : public testing::TestWithParam<Form> {
 protected:
  samples::FilmFolder folder;
  std::string make() {
    const std::string path = folder.file(GetParam().file);
    return samples::make_film(path, frames, GetParam().arguments) ? path : "";
  }
};

void every_wanted_frame_is_the_one_shown_then(const std::string& path) {
  const auto got = samples::frames_of(path, {.interval = 0.5});
  ASSERT_TRUE(got) << sentence(got.error());
  ASSERT_EQ(got->size(), 10U);
  for (std::size_t i = 0; i < got->size(); ++i) {
    const double wanted = 0.5 * static_cast<double>(i);
    EXPECT_NEAR((*got)[i].time, wanted, half_frame);
    EXPECT_EQ(samples::number_in((*got)[i]), static_cast<int>(std::lround(wanted * film_fps))) << wanted;
  }
}

void all_frames_come_once_in_order(const std::string& path) {
  const auto got = samples::frames_of(path, {.mode = SampleRule::Mode::all});
  ASSERT_TRUE(got) << sentence(got.error());
  ASSERT_EQ(got->size(), static_cast<std::size_t>(frames));
  for (int i = 0; i < frames; ++i) {
    EXPECT_EQ(samples::number_in((*got)[static_cast<std::size_t>(i)]), i);
    EXPECT_NEAR((*got)[static_cast<std::size_t>(i)].time, static_cast<double>(i) / film_fps, half_frame);
  }
}

void keyframes_are_true_to_their_times(const std::string& path) {
  const auto got = samples::frames_of(path, {.mode = SampleRule::Mode::keyframes});
  ASSERT_TRUE(got) << sentence(got.error());
  ASSERT_FALSE(got->empty());
  for (const auto& frame : *got)
    EXPECT_EQ(samples::number_in(frame), static_cast<int>(std::lround(frame.time * film_fps)));
}

TEST_P(FilmForms, FramesAndTimesBelongTogether) {
  const std::string path = make();
  if (path.empty()) GTEST_SKIP() << "this ffmpeg has no encoder for " << GetParam().name;
  every_wanted_frame_is_the_one_shown_then(path);
  all_frames_come_once_in_order(path);
  keyframes_are_true_to_their_times(path);
}

INSTANTIATE_TEST_SUITE_P(
    All, FilmForms,
    testing::Values(
        Form{"H264", "a.mp4", "-c:v libx264 -preset veryfast -bf 3 -g 40"},
        Form{"H264OpenGroups", "a.mkv", "-c:v libx264 -bf 3 -g 40 -x264-params open-gop=1:b-pyramid=normal"},
        Form{"H264TransportStream", "a.ts", "-c:v libx264 -preset veryfast -bf 2 -g 40"},
        Form{"H264Fragments", "b.mp4", "-c:v libx264 -g 40 -movflags frag_keyframe+empty_moov"},
        Form{"H264Intra", "c.mp4", "-c:v libx264 -g 1"},
        Form{"H264OneGroup", "d.mov", "-c:v libx264 -g 1000 -sc_threshold 0 -bf 2"},
        Form{"H264TenBit", "e.mp4", "-c:v libx264 -g 40 -pix_fmt yuv420p10le"},
        Form{"H264Interlaced", "f.mp4", "-c:v libx264 -g 40 -flags +ildct+ilme -x264-params tff=1"},
        Form{"Hevc", "g.mp4",
             "-c:v libx265 -preset ultrafast -x265-params keyint=40:bframes=3:log-level=none"},
        Form{"Vp9", "h.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 40 -auto-alt-ref 1"},
        Form{"Av1", "i.mkv", "-c:v libsvtav1 -preset 12 -g 40"},
        Form{"Mpeg4Avi", "j.avi", "-c:v mpeg4 -q:v 2 -bf 2 -g 40"},
        Form{"Mpeg2", "k.mpg", "-c:v mpeg2video -q:v 2 -bf 2 -g 15"},
        Form{"Mjpeg", "l.avi", "-c:v mjpeg -q:v 2"},
        Form{"Rgb", "m.mkv", "-c:v libx264rgb -qp 0 -g 40 -preset ultrafast"},
        Form{"NegativeStart", "n.mp4", "-c:v libx264 -bf 3 -g 40 -avoid_negative_ts disabled"},
        Form{"LateStart", "o.ts", "-c:v libx264 -g 40 -output_ts_offset 1000"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Film, WithoutAnyTimesCountsFromItsRate) {
  const samples::FilmFolder folder;
  const std::string path = folder.file("raw.h264");
  ASSERT_TRUE(samples::make_film(path, frames, "-c:v libx264 -g 40 -bf 0"));
  const auto got = samples::frames_of(path, {.interval = 1});
  ASSERT_TRUE(got) << sentence(got.error());
  ASSERT_EQ(got->size(), 5U);
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_EQ(samples::number_in((*got)[i]), static_cast<int>(i) * film_fps);
}

TEST(Film, VariableRateFollowsItsOwnClock) {
  const samples::FilmFolder folder;
  const std::string path = folder.file("vfr.mkv");
  // Every third frame is missing, and everything after 2 s comes at half speed.
  ASSERT_TRUE(samples::make_film(
      path, frames,
      "-vf \"select='mod(n,3)',setpts='if(lt(T,2),PTS,2*PTS-2/TB)'\" -vsync vfr -c:v libx264 -g 30 -bf 2"));
  const auto got = samples::frames_of(path, {.interval = 0.5});
  ASSERT_TRUE(got) << sentence(got.error());
  ASSERT_GE(got->size(), 14U);
  for (const auto& frame : *got) {
    // Number 1 is the first that is left: it stands at 0.
    const double number = frame.time < 2 ? frame.time * film_fps + 1 : (frame.time + 2) * film_fps / 2 + 0.5;
    EXPECT_NEAR(samples::number_in(frame), number, 0.6) << frame.time;
  }
  for (std::size_t i = 0; i < got->size(); ++i)
    EXPECT_LE((*got)[i].time, 0.5 * static_cast<double>(i) + half_frame);
}

TEST(Film, AnEditListHidesWhatStandsBeforeIt) {
  const samples::FilmFolder folder;
  ASSERT_TRUE(samples::make_film(folder.file("whole.mp4"), frames, "-c:v libx264 -g 60 -bf 2"));
  // Cut without decoding: the file begins at the keyframe 0 and its edit list says 1 s.
  ASSERT_TRUE(
      samples::run_ffmpeg("-ss 1 -i " + folder.file("whole.mp4") + " -c copy " + folder.file("cut.mp4")));
  const auto got = samples::frames_of(folder.file("cut.mp4"), {.interval = 0.5});
  ASSERT_TRUE(got) << sentence(got.error());
  ASSERT_GE(got->size(), 7U);
  for (const auto& frame : *got)
    EXPECT_EQ(samples::number_in(frame), std::lround((frame.time + 1) * film_fps));
}

TEST(Film, RotatedFilmsComeUpright) {
  const samples::FilmFolder folder;
  ASSERT_TRUE(samples::make_film(folder.file("a.mp4"), 30, "-vf transpose=2 -c:v libx264"));
  ASSERT_TRUE(samples::run_ffmpeg("-i " + folder.file("a.mp4") + " -c copy -metadata:s:v rotate=270 " +
                                  folder.file("b.mp4")));
  const auto video = open_video({}, folder.file("b.mp4"), {});
  ASSERT_TRUE(video) << sentence(video.error());
  EXPECT_NE((*video)->facts().rotation, 0);
  EXPECT_EQ((*video)->facts().size, (Size{samples::film_width, samples::film_height}));
  const auto got = samples::frames_of(folder.file("b.mp4"), {.interval = 0.5});
  ASSERT_TRUE(got) << sentence(got.error());
  ASSERT_EQ(got->size(), 2U);
  EXPECT_EQ(samples::number_in((*got)[1]), 15);
}

TEST(Film, WidePixelsAreShownWide) {
  const samples::FilmFolder folder;
  ASSERT_TRUE(samples::make_film(folder.file("a.mp4"), 10, "-vf setsar=2 -c:v libx264"));
  const auto video = open_video({}, folder.file("a.mp4"), {});
  ASSERT_TRUE(video);
  EXPECT_EQ((*video)->facts().size, (Size{2 * samples::film_width, samples::film_height}));
}

TEST(Film, HdrBecomesSdr) {
  const samples::FilmFolder folder;
  const std::string path = folder.file("hdr.mp4");
  // PQ 0.58 is SDR white: what was a grey of 148 of 255 must come out near white.
  if (!samples::run_ffmpeg(
          "-f lavfi -i color=c=0x949494:s=64x64:d=0.2 -pix_fmt yuv420p10le -c:v libx265 -x265-params "
          "log-level=none -color_trc smpte2084 -color_primaries bt2020 -colorspace bt2020nc " +
          path))
    GTEST_SKIP() << "no x265";
  const auto video = open_video({}, path, {});
  ASSERT_TRUE(video);
  EXPECT_TRUE((*video)->facts().hdr);
  const auto got = samples::frames_of(path, {});
  ASSERT_TRUE(got) << sentence(got.error());
  const auto pixels = got->front().pixels->rgb({}, {64, 64});
  ASSERT_TRUE(pixels);
  EXPECT_GT(pixels->rgb[0], 235);
}

TEST(Film, ColoursSurvive) {
  const samples::FilmFolder folder;
  ASSERT_TRUE(
      samples::run_ffmpeg("-f lavfi -i color=c=0xC02040:s=1280x720:d=0.2 -colorspace bt709 -color_range tv "
                          "-vf scale=out_color_matrix=bt709 -c:v libx264 -qp 1 " +
                          folder.file("red.mp4")));
  const auto got = samples::frames_of(folder.file("red.mp4"), {});
  ASSERT_TRUE(got);
  const auto pixels = got->front().pixels->rgb({}, {64, 36});
  ASSERT_TRUE(pixels);
  EXPECT_NEAR(pixels->rgb[0], 0xC0, 4);
  EXPECT_NEAR(pixels->rgb[1], 0x20, 4);
  EXPECT_NEAR(pixels->rgb[2], 0x40, 8);
  const auto jpeg = got->front().pixels->jpeg({}, {64, 36}, 85);
  ASSERT_TRUE(jpeg) << sentence(jpeg.error());
  EXPECT_THAT(*jpeg, testing::StartsWith("\xFF\xD8"));
}

TEST(Film, OnlyAPartIsRead) {
  const samples::FilmFolder folder;
  ASSERT_TRUE(samples::make_film(folder.file("a.mp4"), 900, "-c:v libx264 -preset ultrafast -g 30"));
  const auto got = samples::frames_of(folder.file("a.mp4"), {.interval = 1, .from = 20, .to = 23});
  ASSERT_TRUE(got) << sentence(got.error());
  ASSERT_EQ(got->size(), 3U);
  EXPECT_EQ(samples::number_in((*got)[0]), 600);
  const auto times = samples::frames_of(
      folder.file("a.mp4"), {.mode = SampleRule::Mode::times, .times = {0.1, 12.34, 12.35, 29.9}});
  ASSERT_TRUE(times) << sentence(times.error());
  ASSERT_EQ(times->size(), 3U);  // 12.34 and 12.35 are the same frame
  EXPECT_EQ(samples::number_in((*times)[1]), 370);
  EXPECT_EQ(samples::number_in((*times)[2]), 897);
}

TEST(Film, AToleranceTakesKeyframes) {
  const samples::FilmFolder folder;
  ASSERT_TRUE(samples::make_film(folder.file("a.mp4"), 300, "-c:v libx264 -g 30 -sc_threshold 0"));
  const auto got = samples::frames_of(folder.file("a.mp4"), {.interval = 1.3, .tolerance = 0.65});
  ASSERT_TRUE(got);
  ASSERT_GE(got->size(), 7U);
  for (const auto& frame : *got) EXPECT_TRUE(frame.keyframe) << frame.time;
}

TEST(Film, TheContentDetectorsPicturesComeWithoutPixels) {
  const samples::FilmFolder folder;
  ASSERT_TRUE(samples::make_film(folder.file("a.mp4"), 30, "-c:v libx264"));
  const auto got =
      samples::frames_of(folder.file("a.mp4"), {.mode = SampleRule::Mode::all}, Measure::content);
  ASSERT_TRUE(got);
  ASSERT_EQ(got->size(), 30U);
  EXPECT_EQ((*got)[0].pixels, nullptr);
  EXPECT_EQ((*got)[0].hsv->size, (Size{256, 144}));
}

// ---- what is no film, or a broken one

Error error_of(const std::string& path) {
  const auto got = samples::frames_of(path, {.interval = 0.5});
  return got ? Error(Code::internal, "it was read") : got.error();
}

TEST(BrokenFilm, TextAndPicturesAreNoFilms) {
  const samples::FilmFolder folder;
  std::ofstream(folder.file("text.mp4")) << "This is a text.\n";
  EXPECT_EQ(error_of(folder.file("text.mp4")).code, Code::unsupported_media);
  ASSERT_TRUE(samples::run_ffmpeg("-f lavfi -i testsrc -frames:v 1 -f image2 -c:v png " +
                                  folder.file("picture.mp4")));
  EXPECT_EQ(error_of(folder.file("picture.mp4")).code, Code::unsupported_media);
  std::ofstream(folder.file("empty.mp4")).flush();
  EXPECT_EQ(error_of(folder.file("empty.mp4")).code, Code::unsupported_media);
}

TEST(BrokenFilm, PlaylistsThatNameOtherFilesAreRefused) {
  const samples::FilmFolder folder;
  ASSERT_TRUE(samples::make_film(folder.file("a.ts"), 30, "-c:v libx264"));
  std::ofstream(folder.file("list.mp4")) << "ffconcat version 1.0\nfile " << folder.file("a.ts") << "\n";
  EXPECT_EQ(error_of(folder.file("list.mp4")).code, Code::unsupported_media);
  std::ofstream(folder.file("list.m3u8")) << "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n"
                                          << folder.file("a.ts") << "\n#EXT-X-ENDLIST\n";
  EXPECT_EQ(error_of(folder.file("list.m3u8")).code, Code::unsupported_media);
}

TEST(BrokenFilm, SoundAloneIsNoFilm) {
  const samples::FilmFolder folder;
  ASSERT_TRUE(samples::run_ffmpeg("-f lavfi -i sine=d=1 -c:a aac " + folder.file("a.mp4")));
  const Error error = error_of(folder.file("a.mp4"));
  EXPECT_EQ(error.code, Code::unsupported_media);
  EXPECT_THAT(sentence(error), HasSubstr("transcribe"));
}

TEST(BrokenFilm, AFolderAndAMissingFileSaySo) {
  EXPECT_EQ(error_of("/tmp").code, Code::unsupported_media);
  EXPECT_EQ(error_of("/nowhere/a.mp4").code, Code::fetch_failed);
}

TEST(BrokenFilm, ATruncatedFilmGivesWhatIsThere) {
  const samples::FilmFolder folder;
  const std::string path = folder.file("a.mp4");
  ASSERT_TRUE(samples::make_film(path, frames, "-c:v libx264 -g 30 -movflags +faststart"));
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  const auto got = samples::frames_of(path, {.interval = 0.5});
  ASSERT_TRUE(got) << sentence(got.error());
  EXPECT_GE(got->size(), 1U);
  EXPECT_LT(got->size(), 10U);
  // With its index at the end, cut off, there is nothing to read.
  ASSERT_TRUE(samples::make_film(path, frames, "-c:v libx264 -g 30"));
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  EXPECT_FALSE(samples::frames_of(path, {.interval = 0.5}));
}

TEST(BrokenFilm, OneFrameIsAFilm) {
  const samples::FilmFolder folder;
  ASSERT_TRUE(samples::make_film(folder.file("a.mp4"), 1, "-c:v libx264"));
  const auto got = samples::frames_of(folder.file("a.mp4"), {.interval = 1});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->size(), 1U);
}

TEST(BrokenFilm, NoiseInTheMiddleCostsPicturesNotTheFilm) {
  const samples::FilmFolder folder;
  const std::string path = folder.file("a.ts");
  ASSERT_TRUE(samples::make_film(path, 300, "-c:v libx264 -g 15"));
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(0, std::ios::end);
  const auto middle = file.tellp() / 2;
  file.seekp(middle);
  for (int i = 0; i < 4000; ++i) file.put(static_cast<char>(i * 37 + 11));
  file.close();
  const auto got = samples::frames_of(path, {.interval = 0.5});
  ASSERT_TRUE(got) << sentence(got.error());
  EXPECT_GE(got->size(), 15U);
}

TEST(BrokenFilm, LimitsAreKept) {
  const samples::FilmFolder folder;
  const std::string path = folder.file("a.mp4");
  ASSERT_TRUE(samples::make_film(path, frames, "-c:v libx264"));
  EXPECT_EQ(open_video({}, path, {.max_pixels = 1000}).error().code, Code::too_large);
  EXPECT_EQ(open_video({}, path, {.max_seconds = 2}).error().code, Code::too_large);
  const auto video = open_video({}, path, {.max_packets = 10});
  ASSERT_TRUE(video);
  const auto source = (*video)->source({}, {});
  ASSERT_TRUE(source);
  EXPECT_EQ((*source)->next({}).error().code, Code::too_large);
}

TEST(BrokenFilm, AStoppedCallEndsAtOnce) {
  const samples::FilmFolder folder;
  const std::string path = folder.file("a.mp4");
  ASSERT_TRUE(samples::make_film(path, frames, "-c:v libx264"));
  std::stop_source stop;
  const CallContext ctx("", TimePoint::max(), stop.get_token());
  const auto video = open_video(ctx, path, {});
  ASSERT_TRUE(video);
  const auto source = (*video)->source(ctx, {});
  ASSERT_TRUE(source);
  stop.request_stop();
  EXPECT_EQ((*source)->next(ctx).error().code, Code::cancelled);
  EXPECT_EQ(open_video(ctx, path, {}).error().code, Code::cancelled);
}

TEST(Subtitles, OfAFileAndOfAFilm) {
  const samples::FilmFolder folder;
  std::ofstream(folder.file("a.srt")) << "1\n00:00:01,000 --> 00:00:02,500\n<i>Hello</i>\nthere\n\n"
                                         "2\n00:00:03,000 --> 00:00:04,000\nBye\n\n";
  const auto cues = read_subtitles({}, folder.file("a.srt"));
  ASSERT_TRUE(cues) << sentence(cues.error());
  ASSERT_EQ(cues->size(), 2U);
  EXPECT_EQ((*cues)[0].text, "Hello\nthere");
  EXPECT_NEAR((*cues)[0].start, 1, 1e-6);
  EXPECT_NEAR((*cues)[0].end, 2.5, 1e-6);
  ASSERT_TRUE(samples::make_film(folder.file("a.mp4"), frames, "-c:v libx264"));
  ASSERT_TRUE(samples::run_ffmpeg("-i " + folder.file("a.mp4") + " -i " + folder.file("a.srt") +
                                  " -c:v copy -c:s mov_text " + folder.file("b.mp4")));
  const auto inside = read_subtitles({}, folder.file("b.mp4"));
  ASSERT_TRUE(inside) << sentence(inside.error());
  ASSERT_EQ(inside->size(), 2U);
  EXPECT_EQ((*inside)[1].text, "Bye");
  const auto none = read_subtitles({}, folder.file("a.mp4"));
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
}

TEST(Subtitles, WhatIsNoneIsRefused) {
  const samples::FilmFolder folder;
  std::ofstream(folder.file("a.srt")) << "no cue here";
  const auto cues = read_subtitles({}, folder.file("a.srt"));
  EXPECT_TRUE(!cues || cues->empty());
}

TEST(LooksLikeVideo, ByItsFirstBytes) {
  using namespace std::string_view_literals;
  EXPECT_TRUE(
      looks_like_video("\0\0\0\x20"
                       "ftypisom"sv));
  EXPECT_TRUE(looks_like_video("\x1A\x45\xDF\xA3...."sv));
  EXPECT_FALSE(
      looks_like_video("\0\0\0\x20"
                       "ftypavif"sv));
  EXPECT_FALSE(looks_like_video("\xFF\xD8\xFF\xE0"sv));
  EXPECT_FALSE(looks_like_video(""sv));
}

}  // namespace
}  // namespace sensorium::media
