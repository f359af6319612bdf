// Films through the whole pipeline with scripted answers; the story's checks; the journal.
#include "pipeline/film.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "exec/run_task.h"
#include "exec/signal.h"
#include "media/film_samples.h"
#include "pipeline/film_story.h"

namespace sensorium::pipeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* coding = "-c:v libx264 -preset ultrafast -g 30";

class Recorder final : public FilmEvents {
 public:
  std::vector<FrameRecord> frames;
  Task<> frame(const FrameRecord& record) override {
    frames.push_back(record);
    co_return Status{};
  }
  Task<> read_to(double) override { co_return Status{}; }
};

struct FilmTest : testing::Test {
  media::samples::FilmFolder folder;
  CpuPool pool{2};
  CallJournal journal;
  Recorder events;

  std::shared_ptr<const media::Video> film(int frames) {
    const std::string path = folder.file("a.mp4");
    EXPECT_TRUE(media::samples::make_film(path, frames, coding));
    return media::open_video({}, path, {}).value();
  }
  static FilmRule every_second() {
    FilmRule rule;
    rule.select.every = true;
    rule.picture_side = 64;
    return rule;
  }
  Result<FilmResult> watch(const std::shared_ptr<const media::Video>& video, const FilmRule& rule,
                           AskModel ask, const CallContext& ctx = {}) {
    FilmCalls calls(std::move(ask), journal, "test");
    return run_task(guarded(ctx, watch_film(ctx, pool, video, rule, calls, events)));
  }
};

TEST_F(FilmTest, FramesOfManyWorkersComeInOrder) {
  const auto video = film(600);
  std::vector<double> times;
  std::vector<int> numbers;
  const auto report = run_task(read_film({}, pool, {video, {.interval = 0.25}, media::Measure::pixels, 3},
                                         [&](media::VideoFrame frame) -> Task<> {
                                           times.push_back(frame.time);
                                           numbers.push_back(media::samples::number_in(frame));
                                           co_return Status{};
                                         }));
  ASSERT_TRUE(report) << sentence(report.error());
  EXPECT_EQ(report->frames, 80);
  EXPECT_TRUE(std::ranges::is_sorted(times));
  for (std::size_t i = 0; i < numbers.size(); ++i) EXPECT_NEAR(numbers[i], 7.5 * static_cast<double>(i), 0.6);
}

TEST_F(FilmTest, AnEndlessGroupOfPicturesStaysWithItsDecoder) {
  const std::string path = folder.file("a.h264");
  ASSERT_TRUE(media::samples::make_film(path, 300, "-c:v libx264 -preset ultrafast -g 30 -bf 0"));
  std::vector<int> numbers;
  const auto report = run_task(read_film({}, pool, {media::open_video({}, path, {}).value(), {.interval = 1}},
                                         [&](media::VideoFrame frame) -> Task<> {
                                           numbers.push_back(media::samples::number_in(frame));
                                           co_return Status{};
                                         }));
  ASSERT_TRUE(report) << sentence(report.error());
  EXPECT_THAT(numbers, ElementsAre(0, 30, 60, 90, 120, 150, 180, 210, 240, 270));
}

TEST_F(FilmTest, AFailingHandlerEndsTheReading) {
  const auto report = run_task(read_film({}, pool, {film(300), {}}, [](media::VideoFrame) -> Task<> {
    co_return Error(Code::cancelled, "enough");
  }));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().message, "enough");
}

TEST_F(FilmTest, AnswersAreToldInTimeOrderWhateverTheirs) {
  int running = 0, most = 0, asked = 0;
  const auto watched =
      watch(film(300), every_second(), [&](CallContext ctx, FilmQuestion question) -> Task<JournalEntry> {
        const int number = asked++;
        most = std::max(most, ++running);
        EXPECT_EQ(question.pictures.size(), 1U);
        SN_CO_TRY(co_await sleep_for(ctx, Milliseconds(number % 3 == 0 ? 30 : 2)));
        --running;
        co_return JournalEntry{.text = question.prompt};
      });
  ASSERT_TRUE(watched) << sentence(watched.error());
  ASSERT_EQ(events.frames.size(), 10U);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_NEAR(events.frames[i].time, static_cast<double>(i), 0.02);
    EXPECT_THAT(events.frames[i].caption.value_or(""), HasSubstr(clock_mark(static_cast<double>(i), false)));
  }
  EXPECT_LE(most, 5);
  EXPECT_GE(most, 2) << "calls run while the film is read";
}

TEST_F(FilmTest, AFailedCallIsAnItem) {
  int asked = 0;
  const auto watched = watch(film(300), every_second(), [&](CallContext, FilmQuestion) -> Task<JournalEntry> {
    if (++asked == 4) co_return Error(Code::upstream_unavailable, "gone for a moment");
    co_return JournalEntry{.text = "x"};
  });
  ASSERT_TRUE(watched) << sentence(watched.error());
  EXPECT_EQ(watched->failed, 1);
  EXPECT_EQ(std::ranges::count_if(events.frames, [](const auto& f) { return f.error.has_value(); }), 1);
  EXPECT_EQ(events.frames.size(), 10U);
}

TEST_F(FilmTest, AModelThatIsNotThereEndsTheFilm) {
  int asked = 0;
  const auto watched = watch(film(900), every_second(), [&](CallContext, FilmQuestion) -> Task<JournalEntry> {
    ++asked;
    co_return Error(Code::upstream_auth, "the key is wrong");
  });
  ASSERT_FALSE(watched);
  EXPECT_EQ(watched.error().code, Code::upstream_auth);
  EXPECT_LT(asked, 25);
}

TEST_F(FilmTest, AStoppedFilmEndsSoonAndLeavesNothingRunning) {
  const auto ctx = CallContext().with_timeout(Milliseconds(150));
  const auto begin = SteadyClock::now();
  const auto watched = watch(
      film(900), every_second(),
      [&](CallContext c, FilmQuestion) -> Task<JournalEntry> {
        SN_CO_TRY(co_await sleep_for(c, Milliseconds(60'000)));
        co_return JournalEntry{};
      },
      ctx);
  ASSERT_FALSE(watched);
  EXPECT_EQ(watched.error().code, Code::deadline_exceeded);
  EXPECT_LT(SteadyClock::now() - begin, std::chrono::seconds(20));
}

TEST_F(FilmTest, WhatTheJournalKnowsIsNotAskedAgain) {
  const auto video = film(150);
  const std::string path = folder.file("calls/journal.jsonl");
  int asked = 0;
  const auto ask = [&](CallContext, FilmQuestion) -> Task<JournalEntry> {
    co_return JournalEntry{.text = fmt::format("answer {}", ++asked), .model = "m", .input_tokens = 7};
  };
  journal = CallJournal::open(path).value();
  ASSERT_TRUE(watch(video, every_second(), ask));
  EXPECT_EQ(asked, 5);
  std::ofstream(path, std::ios::app) << R"({"key":"cut off)";
  journal = CallJournal::open(path).value();
  EXPECT_EQ(journal.size(), 5U);
  ASSERT_TRUE(watch(video, every_second(), ask));
  EXPECT_EQ(asked, 5);
  journal.drop();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Journal, APlaceThatCannotBeWrittenIsTold) {
  EXPECT_EQ(CallJournal::open("/proc/nowhere/journal").error().code, Code::misconfigured);
}

TEST(Scenes, EndWhereTheNextBegins) {
  std::vector<FrameRecord> frames(4);
  for (std::size_t i = 0; i < 4; ++i) {
    frames[i].index = static_cast<std::int64_t>(i);
    frames[i].time = static_cast<double>(i);
  }
  frames[0].scene_changed = frames[2].scene_changed = frames[3].scene_changed = true;
  frames[0].caption = "a";
  frames[3].like = 0;
  const auto scenes = scenes_of(frames, 10);
  ASSERT_EQ(scenes.size(), 3U);
  EXPECT_EQ(scenes[0].end, 2);
  EXPECT_EQ(scenes[2].end, 10);
  EXPECT_EQ(scenes[2].caption, "a") << "a repeated shot has the caption of the first";
  EXPECT_TRUE(scenes_of({}, 10).empty());
}

TEST(ClockMark, HasHoursOnlyWhenAsked) {
  EXPECT_EQ(clock_mark(72.9, false), "[01:12]");
  EXPECT_EQ(clock_mark(3723, true), "[1:02:03]");
  EXPECT_EQ(clock_mark(-1, false), "[00:00]");
}

TEST(Chapters, AreTakenFromFencedJsonAndMadeSeamless) {
  const auto chapters = parse_chapters(
      "Here:\n```json\n{\"chapters\":[{\"start\":0,\"end\":10,\"title\":\"A\",\"summary\":\"s\"},"
      "{\"start\":12,\"end\":30,\"title\":\" B \"}]}\n```",
      0, 30);
  ASSERT_TRUE(chapters) << sentence(chapters.error());
  ASSERT_EQ(chapters->size(), 2U);
  EXPECT_EQ((*chapters)[0].end, 12);
  EXPECT_EQ((*chapters)[1].title, "B");
}

TEST(Chapters, WrongOnesAreRefused) {
  for (const char* bad :
       {"", "none", "{}", "{\"chapters\":[]}", "{\"chapters\":[1]}",
        "{\"chapters\":[{\"start\":0,\"end\":1}]}",
        "{\"chapters\":[{\"start\":5,\"end\":4,\"title\":\"x\"}]}",
        "{\"chapters\":[{\"start\":0,\"end\":99,\"title\":\"x\"}]}",
        "{\"chapters\":[{\"start\":9,\"end\":10,\"title\":\"x\"},{\"start\":1,\"end\":2,\"title\":\"y\"}]}"})
    EXPECT_FALSE(parse_chapters(bad, 0, 30)) << bad;
}

TEST(Story, PromptsDoNotGrowWithTheFilm) {
  std::vector<Scene> scenes;
  for (int i = 0; i < 1000; ++i) scenes.push_back({i * 1.0, i + 1.0, i * 1.0, std::string(2000, 'x')});
  std::size_t longest = 0;
  int asked = 0;
  CallJournal journal;
  FilmCalls calls(
      [&](CallContext, FilmQuestion question) -> Task<JournalEntry> {
        ++asked;
        longest = std::max(longest, question.prompt.size());
        co_return JournalEntry{.text = "no JSON"};
      },
      journal, "m");
  const auto story = run_task(tell_story({}, scenes, {}, calls));
  ASSERT_TRUE(story);
  EXPECT_LT(longest, 25'000U);
  EXPECT_EQ(story->chapters.size(), 25U) << "one for each window, as the answers were of no use";
  EXPECT_EQ(story->summary, "no JSON");
  EXPECT_FALSE(story->warnings.empty());
}

}  // namespace
}  // namespace sensorium::pipeline
