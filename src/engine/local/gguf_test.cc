// GGUF headers written by hand, whole and damaged in every way that a file can be.
#include "engine/local/gguf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/local/gguf_sample.h"

namespace sensorium::local {
namespace {

using testing::GgufSample;
using ::testing::HasSubstr;

GgufSample language_model() {
  GgufSample sample;
  sample.text("general.architecture", "qwen2vl").text("general.name", "Qwen2.5 VL 3B");
  sample.number("qwen2vl.context_length", 32768).number("qwen2vl.block_count", 36);
  sample.number("qwen2vl.attention.head_count", 16).number("qwen2vl.attention.head_count_kv", 2);
  sample.number("qwen2vl.embedding_length", 2048).text("tokenizer.chat_template", "{{ messages }}");
  sample.texts("tokenizer.ggml.tokens", {"a", "b", "<|end|>"});
  sample.tensor("token_embd.weight", {256, 4}, 12, 0).tensor("output.weight", {32, 2}, 8, 1024);
  return sample;
}

TEST(Gguf, TellsWhatAModelIs) {
  const auto parsed = parse_gguf(language_model().header());
  ASSERT_TRUE(parsed) << sentence(parsed.error());
  ASSERT_TRUE(*parsed);
  const GgufFacts& facts = **parsed;
  EXPECT_EQ(facts.architecture, "qwen2vl");
  EXPECT_EQ(facts.name, "Qwen2.5 VL 3B");
  EXPECT_EQ(facts.context_tokens, 32768);
  EXPECT_TRUE(facts.chat_template);
  EXPECT_FALSE(facts.projector);
  EXPECT_FALSE(facts.test_only);
  EXPECT_EQ(facts.cache_bytes_per_token, 36 * 2 * (128 + 128) * 2);
}

TEST(Gguf, TheEndOfTheLastTensorIsTheSizeOfTheFile) {
  const auto header = language_model().header();
  const auto padded = (header.size() + 31) / 32 * 32;
  EXPECT_EQ((**parse_gguf(header)).file_bytes, static_cast<std::int64_t>(padded + 1024 + 2 * 34));
}

TEST(Gguf, TellsProjectorsApart) {
  GgufSample sample;
  sample.text("general.architecture", "clip").flag("clip.has_vision_encoder", 1);
  const auto facts = **parse_gguf(sample.header());
  EXPECT_TRUE(facts.projector);
  EXPECT_TRUE(facts.sees);
  EXPECT_FALSE(facts.hears);
}

TEST(Gguf, EveryShorterBeginningAsksForMore) {
  const auto header = language_model().header();
  for (std::size_t size = 0; size < header.size(); ++size) {
    const auto parsed = parse_gguf(std::string_view(header).substr(0, size));
    ASSERT_TRUE(parsed) << size << ": " << parsed.error().message;
    ASSERT_FALSE(*parsed) << size;
  }
}

TEST(Gguf, OtherFilesAreRefusedInOneSentence) {
  for (const std::string_view bytes : {"PK\x03\x04 a zip file", "G", "<html>", "GGML old"}) {
    if (bytes == "G") continue;  // may still become one
    const auto parsed = parse_gguf(bytes);
    ASSERT_FALSE(parsed) << bytes;
    EXPECT_EQ(parsed.error().code, Code::misconfigured);
    EXPECT_THAT(parsed.error().message, HasSubstr("does not begin with"));
  }
  auto header = language_model().header();
  header[4] = 9;
  EXPECT_THAT(parse_gguf(header).error().message, HasSubstr("version 9"));
}

TEST(Gguf, LyingCountsAndLengthsEndWithoutHarm) {
  const auto good = language_model().header();
  const auto broken = [&](std::size_t at, std::uint64_t value) {
    auto header = good;
    std::memcpy(header.data() + at, &value, sizeof value);
    return header;
  };
  constexpr std::uint64_t huge = 0xFFFFFFFFFFFFFFF0;
  EXPECT_FALSE(parse_gguf(broken(8, huge)));      // tensors
  EXPECT_FALSE(parse_gguf(broken(16, huge)));     // entries
  const auto key = parse_gguf(broken(24, huge));  // length of the first key
  EXPECT_TRUE(key && !*key) << "a text longer than the bytes at hand may still come";
  GgufSample endless;
  endless.text("general.architecture", "x")
      .tensor("t", {std::uint64_t{1} << 40, std::uint64_t{1} << 40}, 0, 0);
  EXPECT_THAT(parse_gguf(endless.header()).error().message, HasSubstr("without end"));
  GgufSample deep;
  deep.tensor("t", std::vector<std::uint64_t>(9, 1), 0, 0);
  EXPECT_THAT(parse_gguf(deep.header()).error().message, HasSubstr("too many dimensions"));
  GgufSample aligned;
  aligned.number("general.alignment", 0);
  EXPECT_THAT(parse_gguf(aligned.header()).error().message, HasSubstr("alignment"));
}

TEST(Gguf, ATensorTypeFromTheFutureIsNoError) {
  GgufSample sample;
  sample.text("general.architecture", "llama").tensor("t", {64}, 99, 4096);
  EXPECT_GE((**parse_gguf(sample.header())).file_bytes, 4096);
}

class GgufFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto pattern = (std::filesystem::temp_directory_path() / "sn-gguf-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& bytes) {
    const auto path = folder_ / "model.gguf";
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  std::filesystem::path folder_;
};

TEST_F(GgufFileTest, AWholeFileIsRead) {
  const auto facts = read_gguf(write(language_model().file()));
  ASSERT_TRUE(facts) << sentence(facts.error());
  EXPECT_EQ(facts->architecture, "qwen2vl");
}

TEST_F(GgufFileTest, ATruncatedFileIsNamedWithItsSizes) {
  auto file = language_model().file();
  file.resize(file.size() - 1);
  const auto facts = read_gguf(write(file));
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().code, Code::misconfigured);
  EXPECT_THAT(facts.error().message, HasSubstr("is cut off"));
  EXPECT_THAT(facts.error().message, HasSubstr(std::to_string(file.size())));
  EXPECT_FALSE(facts.error().hint.empty());
}

TEST_F(GgufFileTest, EmptyMissingCutInTheHeaderAndFolders) {
  EXPECT_THAT(read_gguf(write("")).error().message, HasSubstr("it is empty"));
  EXPECT_THAT(read_gguf(write(language_model().header().substr(0, 60))).error().message,
              HasSubstr("within its header"));
  EXPECT_THAT(read_gguf(folder_ / "nothing.gguf").error().message, HasSubstr("cannot be read"));
  EXPECT_THAT(read_gguf(folder_).error().message, HasSubstr("cannot be read"));
}

TEST(VisionFamily, comes_from_the_type_of_the_projector) {
  const auto family = [](std::string_view type, std::uint32_t image, std::string_view merge = "",
                         std::uint32_t minicpm = 0) {
    testing::GgufSample sample;
    sample.text("general.architecture", "clip").flag("clip.has_vision_encoder", 1);
    sample.text("clip.projector_type", type).number("clip.vision.image_size", image);
    if (!merge.empty()) sample.text("clip.vision.mm_patch_merge_type", merge);
    if (minicpm > 0) sample.number("clip.minicpmv_version", minicpm);
    const auto facts = parse_gguf(sample.file());
    return facts && *facts ? (*facts)->vision_family : "not read";
  };
  EXPECT_EQ(family("qwen3vl_merger", 768), "qwen3-vl");
  EXPECT_EQ(family("qwen2.5vl_merger", 560), "qwen2.5-vl");
  EXPECT_EQ(family("gemma3", 896), "gemma-3");
  EXPECT_EQ(family("internvl", 448), "internvl");
  EXPECT_EQ(family("idefics3", 512), "smolvlm");
  EXPECT_EQ(family("idefics3", 384), "smolvlm-instruct");
  EXPECT_EQ(family("resampler", 448, "", 2), "minicpm-v-2_5");
  EXPECT_EQ(family("resampler", 448, "", 4), "minicpm-v");
  EXPECT_EQ(family("mlp", 336), "llava-1.5");
  EXPECT_EQ(family("mlp", 336, "spatial_unpad"), "llava-1.6");
  EXPECT_EQ(family("mlp", 378), "moondream");
  EXPECT_EQ(family("something_new", 512), "");
}

}  // namespace
}  // namespace sensorium::local
