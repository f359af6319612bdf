// The command line of llama-server and the card must agree.
#include "engine/local/llama_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/model_table.h"

namespace sensorium::local {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

InstalledModel qwen() {
  InstalledModel model;
  model.name = "qwen2.5-vl-3b";
  model.family = "qwen2.5-vl-3b";
  model.origin = "pulled";
  model.model_path = "/m/model.gguf";
  model.projector_path = "/m/mmproj.gguf";
  model.bytes = 2'800'000'000;
  model.context_tokens = 128'000;
  model.cache_bytes_per_token = 36'864;
  return model;
}

std::string after(const std::vector<std::string>& argv, const std::string& flag) {
  const auto found = std::ranges::find(argv, flag);
  return found == argv.end() || found + 1 == argv.end() ? "" : *(found + 1);
}

RuntimeOptions with_threads(int threads) {
  RuntimeOptions options;
  options.threads = threads;
  return options;
}

TEST(LlamaCommand, NamesFilesSocketContextAndThreads) {
  const auto spec = llama_spec("/bin/llama-server", qwen(), with_threads(1));
  EXPECT_EQ(spec.name, "llama:qwen2.5-vl-3b");
  EXPECT_EQ(spec.argv.front(), "/bin/llama-server");
  EXPECT_EQ(after(spec.argv, "--host"), "{socket}");
  EXPECT_EQ(after(spec.argv, "-m"), "/m/model.gguf");
  EXPECT_EQ(after(spec.argv, "--mmproj"), "/m/mmproj.gguf");
  EXPECT_EQ(after(spec.argv, "-c"), "8192");
  EXPECT_EQ(after(spec.argv, "-np"), "1");
  EXPECT_EQ(after(spec.argv, "-t"), "1");
  EXPECT_EQ(after(spec.argv, "--image-max-tokens"), "1024");
  EXPECT_THAT(spec.argv, Not(Contains(HasSubstr("{key}")))) << "a command line can be read by everybody";
  EXPECT_THAT(spec.environment, Contains(std::pair<std::string, std::string>("LLAMA_API_KEY", "{key}")));
}

TEST(LlamaCommand, MoreThreadsMeanMoreSlotsOfTheSameContext) {
  const auto spec = llama_spec("x", qwen(), with_threads(16));
  EXPECT_EQ(after(spec.argv, "-np"), "4");
  EXPECT_EQ(after(spec.argv, "-c"), "32768");
  EXPECT_GT(spec.memory_bytes, llama_spec("x", qwen(), with_threads(1)).memory_bytes);
}

TEST(LlamaCommand, MemoryIsWeightsCacheAndBuffers) {
  const auto model = qwen();
  const auto spec = llama_spec("x", model, with_threads(1));
  EXPECT_GE(spec.memory_bytes, model.bytes + 8192 * model.cache_bytes_per_token);
  EXPECT_LT(spec.memory_bytes, model.bytes + 8192 * model.cache_bytes_per_token + (std::int64_t{1} << 30));
  EXPECT_THAT(spec.memory_hint, HasSubstr("sensorium models pull"));
  EXPECT_THAT(spec.failure_hint, HasSubstr("models rm qwen2.5-vl-3b"));
}

TEST(LlamaCommand, ATextModelHasNoProjectorAndExtraArgumentsAreKept) {
  auto model = qwen();
  model.projector_path.clear();
  model.arguments = {"--chat-template", "vicuna"};
  const auto spec = llama_spec("x", model, with_threads(1));
  EXPECT_THAT(spec.argv, Not(Contains("--mmproj")));
  EXPECT_THAT(spec.argv, Not(Contains("--image-max-tokens")));
  EXPECT_EQ(after(spec.argv, "--chat-template"), "vicuna");
}

TEST(LlamaCard, PicturesAreShrunkToWhatTheServerKeeps) {
  const auto card = llama_card(ModelTable::builtin(), qwen(), with_threads(1));
  EXPECT_EQ(card.name, "local/qwen2.5-vl-3b");
  EXPECT_EQ(card.context_tokens, 8192);
  EXPECT_EQ(card.tokens.kind, TokenRule::Kind::qwen);
  EXPECT_EQ(card.prepare.pixels.max_pixels, 1024 * 28 * 28);
  EXPECT_LE(picture_tokens(card.tokens, {4000, 3000}, media::Detail::high), 1024);
  EXPECT_THAT(card.prepare.formats, Not(Contains("webp")));
}

TEST(LlamaCard, SmallContextsLeaveRoomForTheAnswer) {
  auto model = qwen();
  model.context_tokens = 1024;
  const auto serving = serving_of(model, with_threads(1));
  EXPECT_EQ(serving.context, 1024);
  EXPECT_EQ(serving.picture_tokens, 512);
}

TEST(LlamaCard, WithoutProjectorNoPictures) {
  auto model = qwen();
  model.projector_path.clear();
  EXPECT_EQ(llama_card(ModelTable::builtin(), model, with_threads(1)).max_pictures, 0);
  model.family = "nobody-knows-this";
  EXPECT_EQ(llama_card(ModelTable::builtin(), model, with_threads(1)).price->input, 0);
}

}  // namespace
}  // namespace sensorium::local
