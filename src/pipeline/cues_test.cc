// Layout of cues, and the clock of words, on transcripts made by hand.
#include "pipeline/cues.h"

#include <gtest/gtest.h>

#include "exec/run_task.h"
#include "pipeline/translate.h"

namespace sensorium::pipeline {
namespace {

Segment segment(const std::string& text, double start, double end) {
  Segment out;
  out.start = start;
  out.end = end;
  out.text = text;
  return out;
}

std::vector<Segment> lecture() {
  std::vector<Segment> list;
  for (int i = 0; i < 40; ++i)
    list.push_back(segment(
        " The quick brown fox jumps over the lazy dog, and then it sleeps in the sun until evening comes.",
        i * 6.0, i * 6.0 + 5.8));
  return list;
}

TEST(Cues, KeepToTheirRules) {
  const auto cues = make_cues(lecture());
  ASSERT_GT(cues.size(), 40U);
  double last = 0;
  for (const auto& cue : cues) {
    EXPECT_GE(cue.start, last);
    EXPECT_GT(cue.end, cue.start);
    EXPECT_LE(cue.end - cue.start, 7.001);
    EXPECT_LE(cue.lines.size(), 2U);
    for (const auto& line : cue.lines) EXPECT_LE(text_width(line), 42) << line;
    last = cue.end;
  }
}

TEST(Cues, LoseNoWord) {
  std::string all, given;
  for (const auto& one : lecture()) given += one.text;
  for (const auto& cue : make_cues(lecture()))
    for (const auto& line : cue.lines) all += " " + line;
  EXPECT_EQ(all, given);
}

TEST(Cues, ChineseBreaksBetweenCharacters) {
  const auto lines = break_lines("今天的会议将在下午三点开始，请大家准时参加并带好笔记本电脑。", 42, 2);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_LE(text_width(lines[0]), 42);
  EXPECT_TRUE(lines[0].ends_with("，")) << lines[0];
}

TEST(Cues, ShortOnesStayLongEnoughToBeRead) {
  const auto cues = make_cues(std::vector{segment(" Yes.", 1, 1.2), segment(" No.", 10, 10.1)});
  ASSERT_EQ(cues.size(), 2U);
  EXPECT_NEAR(cues[0].end - cues[0].start, 1, 1e-6);
}

TEST(Cues, NothingGivesNothing) {
  EXPECT_TRUE(make_cues({}).empty());
  EXPECT_TRUE(make_cues(std::vector{segment("  ", 0, 1)}).empty());
  EXPECT_TRUE(break_lines("", 42, 2).empty());
}

media::SpeechChunk chunk() {
  media::SpeechChunk out;
  out.begin = 30 * 16'000;
  out.samples.resize(5UL * 16'000);
  out.speech = {{out.begin + 4'800, out.begin + 32'000}};
  return out;
}

TEST(Settle, TimesAreTheRecordingsAndSnapToSpeech) {
  SpokenPiece piece;
  piece.language = "en";
  piece.segments.push_back({0, 2.5, " Good day", 0, 0, 0, 0, {{" Good", 0, 0.9, 1}, {" day", 0.9, 2.5, 1}}});
  const auto out = settle(piece, chunk());
  ASSERT_EQ(out.size(), 1U);
  EXPECT_NEAR(out[0].words[0].start, 30.3, 1e-6);
  EXPECT_NEAR(out[0].words[1].start, 30.9, 1e-6);
  EXPECT_NEAR(out[0].end, 32, 1e-6);
}

TEST(Settle, TextWithoutSpeechUnderItIsLeftOut) {
  SpokenPiece piece;
  piece.segments.push_back({3, 4.8, " Thanks for watching!", 0, 0, 0, 0, {}});
  EXPECT_TRUE(settle(piece, chunk()).empty());
}

TEST(Settle, DisorderBecomesOrder) {
  SpokenPiece piece;
  piece.segments.push_back({1, 1.5, " a b", 0, 0, 0, 0, {{" a", 1.2, 1.4, 1}, {" b", 0.5, 0.6, 1}}});
  const auto out = settle(piece, chunk());
  ASSERT_EQ(out.size(), 1U);
  EXPECT_LE(out[0].words[0].start, out[0].words[1].start);
  EXPECT_LE(out[0].words[0].end, out[0].words[1].start + 0.021);
}

/// A model that drops every seventh text, gives two of one window one id, and puts words around its JSON.
class Sloppy final : public ChatEngine {
 public:
  EngineCard card(std::string_view) const override { return {}; }
  Task<Completion> complete(const CallContext&, const ChatRequest& request, TokenSink&) override {
    ++calls;
    EXPECT_FALSE(request.turns[1].text.contains("-->"));
    const auto asked =
        parse_translations(request.turns[1].text.substr(request.turns[1].text.find("Translate:")));
    std::vector<TranslatedText> given;
    for (const auto& item : asked) {
      const bool alone = asked.size() == 1;
      if (!alone && item.id % 7 == 0) continue;                            // dropped
      const int id = !alone && item.id % 11 == 0 ? item.id + 1 : item.id;  // renumbered
      const bool echo = !alone && item.id % 13 == 0;                       // not translated
      given.push_back({id, echo ? item.text : "übersetzt " + std::to_string(item.id)});
    }
    Completion completion;
    completion.text = "Here you are:\n" + translation_window(given) + "\nAnything else?";
    co_return completion;
  }
  int calls = 0;
};

TEST(Translate, EveryTextComesToItsOwnPlace) {
  Sloppy engine;
  TranslateRequest request;
  request.to = "german";
  for (int i = 0; i < 500; ++i) request.texts.push_back("This is sentence number " + std::to_string(i));
  const auto made = run_task(translate({}, engine, "m", request));
  ASSERT_TRUE(made);
  EXPECT_EQ(made->untranslated, 0);
  for (int i = 0; i < 500; ++i)
    EXPECT_EQ(made->texts[static_cast<std::size_t>(i)], "übersetzt " + std::to_string(i));
}

TEST(Translate, AnswersThatAreNoJsonAreNoTranslations) {
  EXPECT_TRUE(parse_translations("").empty());
  EXPECT_TRUE(parse_translations("no").empty());
  EXPECT_TRUE(parse_translations("[{\"id\":\"x\"}]").empty());
  EXPECT_EQ(parse_translations("```json\n[{\"id\":1,\"text\":\"a\"}]\n```").size(), 1U);
  EXPECT_EQ(parse_translations("[{\"id\":1,\"text\":\"a\"},{\"id\":2,\"te").size(), 1U);
}

}  // namespace
}  // namespace sensorium::pipeline
