// Asking for data with an engine that answers from a script: what is sent, when it is asked again, and when
// it is given up.
#include "pipeline/ask_structured.h"

#include <gtest/gtest.h>

#include "exec/run_task.h"
#include "pipeline/compare.h"

namespace sensorium::pipeline {
namespace {

class Scripted final : public ChatEngine {
 public:
  Scripted() { card_.max_pictures = 8; }
  EngineCard card(std::string_view) const override { return card_; }
  Task<Completion> complete(const CallContext&, const ChatRequest& request, TokenSink&) override {
    requests.push_back(request);
    if (answers.empty()) co_return Error(Code::upstream_unavailable, "No more answers");
    Completion completion;
    completion.text = answers.front();
    completion.lines = lines;
    completion.usage = {.input_tokens = 10, .output_tokens = 5, .from_provider = true};
    answers.erase(answers.begin());
    co_return completion;
  }
  EngineCard card_;
  std::vector<std::string> answers;
  std::vector<RecognisedLine> lines;
  std::vector<ChatRequest> requests;
};

class AskStructured : public testing::Test {
 protected:
  Result<std::unique_ptr<ImageAnswer>> ask(std::string_view schema = "name, age int") {
    ImageQuestion question;
    question.prompt = "Who is it?";
    question.schema = *schema_from(schema);
    const Candidate candidate{"test/scripted", "scripted", &engine};
    return run_task(ask_structured({}, media, question, std::span(&candidate, 1), {}));
  }
  CpuPool pool{1};
  MemoryBudget memory{1 << 30};
  MediaResources media{pool, memory, {}};
  Scripted engine;
};

TEST_F(AskStructured, AGoodAnswerIsAskedForOnce) {
  engine.answers = {"Here: {'name': 'Anna', 'age': '42',}"};
  const auto answer = ask();
  ASSERT_TRUE(answer) << sentence(answer.error());
  EXPECT_EQ((*answer)->data, R"({"name":"Anna","age":42})");
  EXPECT_EQ(engine.requests.size(), 1U);
  EXPECT_NE(engine.requests[0].turns.back().text.find("\"age\""), std::string::npos)
      << "the prompt must tell the schema";
  EXPECT_TRUE(engine.requests[0].schema);
}

TEST_F(AskStructured, AnEngineThatKeepsToSchemasIsNotToldAgain) {
  engine.card_.json_schema = true;
  engine.answers = {R"({"name":"Anna","age":42})"};
  ASSERT_TRUE(ask());
  EXPECT_EQ(engine.requests[0].turns.back().text, "Who is it?");
}

TEST_F(AskStructured, ABadAnswerIsAskedForAgainInTheValidatorsWords) {
  engine.answers = {"It is Anna.", R"({"name":"Anna"})", R"({"name":"Anna","age":42})"};
  const auto answer = ask();
  ASSERT_TRUE(answer) << sentence(answer.error());
  EXPECT_EQ((*answer)->data, R"({"name":"Anna","age":42})");
  ASSERT_EQ(engine.requests.size(), 3U);
  const auto& turns = engine.requests[2].turns;
  ASSERT_EQ(turns.size(), 3U);
  EXPECT_EQ(turns[1].text, R"({"name":"Anna"})");
  EXPECT_NE(turns[2].text.find("age"), std::string::npos) << turns[2].text;
  EXPECT_EQ((*answer)->completion.usage.input_tokens, 30) << "all rounds count";
  EXPECT_EQ((*answer)->tries.size(), 3U);
}

TEST_F(AskStructured, AfterTwoRepairsItIsAnErrorThatSaysWhatIsMissing) {
  engine.answers = {"no", "no", "{\"name\":\"x\"}", "never asked for"};
  const auto answer = ask();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::upstream_protocol);
  EXPECT_NE(answer.error().message.find("age"), std::string::npos) << answer.error().message;
  EXPECT_FALSE(answer.error().hint.empty());
  EXPECT_EQ(engine.requests.size(), 3U);
}

TEST_F(AskStructured, AnErrorOfARepairRoundIsTold) {
  engine.answers = {"no"};
  const auto answer = ask();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::upstream_unavailable);
}

TEST_F(AskStructured, AReaderGivesWhatItsLinesSay) {
  engine.card_.generates = false;
  engine.answers = {"quoted", "quoted"};
  engine.lines = {{0, "Name: Anna", {}}, {0, "Age: 42", {}}};
  EXPECT_EQ((*ask())->data, R"({"name":"Anna","age":42})");
  engine.lines.pop_back();
  const auto answer = ask();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::model_limit);
  EXPECT_EQ(engine.requests.size(), 2U) << "a reader is not asked again";
}

TEST(ComparisonWords, LinesAreSharedChangedOrMissing) {
  const std::vector<RecognisedLine> lines = {{0, "Invoice 2047", {}}, {0, "Total $18.50", {}},
                                             {0, "Date: today", {}},  {1, "Invoice 2047", {}},
                                             {1, "Total $28.50", {}}, {1, "谢谢惠顾", {}}};
  const auto words = words_of_lines(lines, 2);
  EXPECT_EQ(words.similarities, (std::vector<std::string>{"Both pictures say \"Invoice 2047\"."}));
  EXPECT_EQ(words.differences,
            (std::vector<std::string>{"Picture 1 says \"Total $18.50\", picture 2 says \"Total $28.50\".",
                                      "Only in picture 1, not in picture 2: \"Date: today\".",
                                      "Only in picture 2, not in picture 1: \"谢谢惠顾\"."}));
  EXPECT_FALSE(words.recommendation);
  EXPECT_EQ(words_of_lines({}, 2).similarities.size(), 1U);
  EXPECT_TRUE(words_of_lines({}, 0).differences.empty());
  EXPECT_TRUE(words_of_json("nonsense").similarities.empty());
}

}  // namespace
}  // namespace sensorium::pipeline
