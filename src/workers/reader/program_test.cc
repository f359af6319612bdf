#include "workers/reader/program.h"

#include <gmock/gmock.h>

namespace sensorium::reader {
namespace {

Result<Arguments> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "sensorium-reader");
  return parse_arguments(words);
}

TEST(ParseArguments, ReadsWhatTheServiceGives) {
  const auto arguments = parse({"--socket", "/run/r.sock", "--threads", "2", "--weights", "/w"});
  ASSERT_TRUE(arguments);
  EXPECT_EQ(arguments->socket, "/run/r.sock");
  EXPECT_EQ(arguments->threads, 2);
  EXPECT_EQ(arguments->weights, "/w");
}

TEST(ParseArguments, HasDefaults) {
  const auto arguments = parse({"--picture", "a.jpg"});
  ASSERT_TRUE(arguments);
  EXPECT_EQ(arguments->threads, 1);
  EXPECT_THAT(arguments->weights, testing::EndsWith("/engines/reader-weights-1"));
}

TEST(ParseArguments, RefusesWhatItDoesNotKnow) {
  for (const auto& words : std::vector<std::vector<const char*>>{{},
                                                                 {"--socket"},
                                                                 {"--socket", "s", "--picture", "p"},
                                                                 {"--port", "80"},
                                                                 {"--socket", "s", "--threads", "0"},
                                                                 {"--socket", "s", "--threads", "x"},
                                                                 {"--socket", "s", "--threads", "1000"}}) {
    const auto arguments = parse(words);
    ASSERT_FALSE(arguments);
    EXPECT_EQ(arguments.error().code, Code::invalid_request);
    EXPECT_THAT(arguments.error().hint, testing::HasSubstr("Usage"));
  }
}

TEST(ModelsLoad, MissingWeightsSayWhatToRun) {
  const auto models = Models::load("/nonexistent", 1);
  ASSERT_FALSE(models);
  EXPECT_EQ(models.error().code, Code::misconfigured);
  EXPECT_THAT(models.error().hint, testing::HasSubstr("reader_weights.sh"));
}

}  // namespace
}  // namespace sensorium::reader
