// Models that are installed, imported, put there by hand, damaged and removed.
#include "engine/local/installed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/local/gguf_sample.h"
#include "engine/local/manifest.h"
#include "engine/local/shelf.h"

namespace sensorium::local {
namespace fs = std::filesystem;
namespace {

using testing::GgufSample;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string model_bytes(std::string_view name = "Qwen2.5 VL 3B") {
  GgufSample sample;
  sample.text("general.architecture", "qwen2vl")
      .text("general.name", name)
      .number("qwen2vl.context_length", 32768);
  return sample.tensor("t", {256}, 0, 0).file(1024);
}
std::string projector_bytes() {
  GgufSample sample;
  sample.text("general.architecture", "clip").flag("clip.has_vision_encoder", 1);
  return sample.tensor("t", {256}, 0, 0).file(1024);
}

class InstalledTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto pattern = (fs::temp_directory_path() / "sn-installed-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    fs::create_directories(models_);
    fs::create_directories(elsewhere_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  static std::string write(const fs::path& path, std::string_view bytes) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  Result<InstalledModel> import(ImportRequest request) { return import_model(models_, request); }

  fs::path folder_;
  // Members below are set once folder_ is.
  struct Below {
    const fs::path& base;
    std::string name;
    operator std::string() const { return (base / name).string(); }
    operator fs::path() const { return base / name; }
  };
  Below models_{folder_, "models"}, elsewhere_{folder_, "elsewhere"};
};

TEST_F(InstalledTest, ImportsInPlaceWithTheProjectorBesideIt) {
  const auto path = write(fs::path(elsewhere_) / "Qwen2.5-VL-3B_Q4 (new).gguf", model_bytes());
  write(fs::path(elsewhere_) / "mmproj-f16.gguf", projector_bytes());
  const auto model = import({.path = path, .projector = {}, .name = {}});
  ASSERT_TRUE(model) << sentence(model.error());
  EXPECT_EQ(model->name, "qwen2.5-vl-3b_q4--new-");
  EXPECT_EQ(model->family, "qwen2.5-vl-3b");
  EXPECT_TRUE(model->vision());
  EXPECT_TRUE(model->in_place);
  const auto found = find_installed(models_, model->name);
  ASSERT_TRUE(found) << sentence(found.error());
  EXPECT_EQ(found->model_path, path);
  EXPECT_EQ(found->context_tokens, 32768);
  ASSERT_TRUE(remove_model(models_, model->name));
  EXPECT_TRUE(fs::exists(path)) << "files in place stay";
  EXPECT_FALSE(find_installed(models_, model->name));
}

TEST_F(InstalledTest, ACopySurvivesTheOriginalAndAMove) {
  const auto path = write(fs::path(elsewhere_) / "m.gguf", model_bytes());
  const auto model = import({.path = path, .projector = {}, .name = "mine", .placement = Placement::copy});
  ASSERT_TRUE(model) << sentence(model.error());
  fs::remove_all(fs::path(elsewhere_));
  EXPECT_TRUE(find_installed(models_, "mine"));
  fs::rename(fs::path(models_), folder_ / "moved");
  const auto moved = find_installed(folder_ / "moved", "mine");
  ASSERT_TRUE(moved) << sentence(moved.error());
  EXPECT_THAT(moved->model_path, HasSubstr("moved/mine/m.gguf"));
}

TEST_F(InstalledTest, WhatIsNoModelIsNotImported) {
  const auto refused = [&](ImportRequest request) {
    const auto model = import(std::move(request));
    EXPECT_FALSE(model);
    EXPECT_EQ(model.error().code, Code::invalid_request);
    return model ? "" : model.error().message;
  };
  const auto zip = write(fs::path(elsewhere_) / "a.gguf", "PK\x03\x04");
  const auto alone = write(fs::path(elsewhere_) / "p" / "mmproj.gguf", projector_bytes());
  const auto good = write(fs::path(elsewhere_) / "g" / "m.gguf", model_bytes());
  auto cut = model_bytes();
  cut.resize(cut.size() - 100);
  EXPECT_THAT(refused({.path = zip, .projector = {}, .name = {}}), HasSubstr("GGUF"));
  EXPECT_THAT(refused({.path = alone, .projector = {}, .name = {}}), HasSubstr("is a projector"));
  EXPECT_THAT(refused({.path = write(fs::path(elsewhere_) / "c.gguf", cut), .projector = {}, .name = {}}),
              HasSubstr("cut off"));
  EXPECT_THAT(refused({.path = good, .projector = good, .name = {}}), HasSubstr("is a language model"));
  EXPECT_THAT(refused({.path = "/nowhere/m.gguf", .projector = {}, .name = {}}), HasSubstr("cannot be read"));
  EXPECT_THAT(refused({.path = good, .projector = {}, .name = "../up"}), HasSubstr("cannot be the name"));
  EXPECT_THAT(list_installed(models_).models, IsEmpty());
}

TEST_F(InstalledTest, ATakenNameIsRefused) {
  const auto path = write(fs::path(elsewhere_) / "m.gguf", model_bytes());
  ASSERT_TRUE(import({.path = path, .projector = {}, .name = "one"}));
  EXPECT_THAT(import({.path = path, .projector = {}, .name = "one"}).error().message, HasSubstr("already"));
}

TEST_F(InstalledTest, PlainFilesAndFoldersCountAndAreNotRemoved) {
  write(fs::path(models_) / "plain.gguf", model_bytes());
  write(fs::path(models_) / "pair" / "weights.gguf", model_bytes());
  write(fs::path(models_) / "pair" / "mmproj-weights.gguf", projector_bytes());
  write(fs::path(models_) / "notes.txt", "not a model");
  write(fs::path(models_) / "two" / "a.gguf", model_bytes());
  write(fs::path(models_) / "two" / "b.gguf", model_bytes());
  const auto list = list_installed(models_);
  ASSERT_EQ(list.models.size(), 2U);
  EXPECT_THAT(list.problems, IsEmpty());
  EXPECT_TRUE(find_installed(models_, "pair")->vision());
  EXPECT_FALSE(find_installed(models_, "plain")->vision());
  EXPECT_EQ(find_installed(models_, "plain")->origin, "found");
  EXPECT_EQ(remove_model(models_, "pair").error().code, Code::forbidden);
}

TEST_F(InstalledTest, DamagedModelsAreProblemsAndOthersAreListed) {
  const auto path = write(fs::path(elsewhere_) / "m.gguf", model_bytes());
  ASSERT_TRUE(import({.path = path, .projector = {}, .name = "good"}));
  ASSERT_TRUE(import({.path = path, .projector = {}, .name = "shrunk", .placement = Placement::copy}));
  ASSERT_TRUE(import({.path = path, .projector = {}, .name = "gone", .placement = Placement::copy}));
  fs::resize_file(fs::path(models_) / "shrunk" / "m.gguf", 50);
  fs::remove(fs::path(models_) / "gone" / "m.gguf");
  write(fs::path(models_) / "garbled" / "model.json", "{\"schema\":");
  write(fs::path(models_) / "broken.gguf", "GGUF and no more");
  const auto list = list_installed(models_);
  ASSERT_EQ(list.models.size(), 1U);
  EXPECT_EQ(list.models[0].name, "good");
  EXPECT_EQ(list.problems.size(), 4U);
  EXPECT_THAT(find_installed(models_, "shrunk").error().message, HasSubstr("cut off"));
  EXPECT_THAT(find_installed(models_, "gone").error().message, HasSubstr("lacks its file"));
  EXPECT_TRUE(remove_model(models_, "garbled")) << "a damaged model can be removed";
}

TEST_F(InstalledTest, NamesNeverLeaveTheFolder) {
  write(fs::path(elsewhere_) / "model.json", "{}");
  for (const std::string_view name : {"../elsewhere", "..", ".", "", "/etc", "a/../../elsewhere"}) {
    EXPECT_EQ(find_installed(models_, name).error().code, Code::unknown_model) << name;
    EXPECT_FALSE(remove_model(models_, name)) << name;
  }
  EXPECT_TRUE(fs::exists(fs::path(elsewhere_)));
  EXPECT_THAT(list_installed("/nowhere/models").models, IsEmpty());
}

TEST_F(InstalledTest, UnknownNamesGetASuggestion) {
  const auto path = write(fs::path(elsewhere_) / "m.gguf", model_bytes());
  ASSERT_TRUE(import({.path = path, .projector = {}, .name = "qwen-small"}));
  EXPECT_THAT(find_installed(models_, "qwen-smal").error().hint, HasSubstr("local/qwen-small"));
  EXPECT_THAT(find_installed(models_, "gemma-3-4b").error().hint, HasSubstr("models pull gemma-3-4b"));
}

TEST_F(InstalledTest, ByPathAModelNeedsNoInstallation) {
  const auto path = write(fs::path(elsewhere_) / "m.gguf", model_bytes());
  const auto model = find_installed(models_, path);
  ASSERT_TRUE(model) << sentence(model.error());
  EXPECT_EQ(model->name, path);
  EXPECT_EQ(find_installed(models_, "/nowhere/m.gguf").error().code, Code::misconfigured);
}

TEST_F(InstalledTest, AShelfReadsAgainWhenItIsOldOrTold) {
  using namespace std::chrono_literals;
  Shelf lazy(models_, 1h), eager(models_, 0ms);
  EXPECT_THAT(lazy.list()->models, IsEmpty());
  write(fs::path(models_) / "plain.gguf", model_bytes());
  EXPECT_THAT(lazy.list()->models, IsEmpty());
  EXPECT_EQ(eager.list()->models.size(), 1U);
  lazy.forget();
  EXPECT_EQ(lazy.list()->models.size(), 1U);
}

TEST(Manifest, SurvivesWritingAndReading) {
  InstalledModel model;
  model.name = "m";
  model.title = "M \"quoted\" \xC3\xA9";
  model.model_path = "/models/m/w.gguf";
  model.projector_path = "/models/m/p.gguf";
  model.arguments = {"--chat-template", "vicuna"};
  model.rank = 7;
  model.bytes = std::int64_t{5} << 32;
  const auto read = parse_manifest(manifest_text(model), "/models/m");
  ASSERT_TRUE(read) << sentence(read.error());
  EXPECT_EQ(read->title, model.title);
  EXPECT_EQ(read->model_path, model.model_path);
  EXPECT_EQ(read->projector_path, model.projector_path);
  EXPECT_EQ(read->arguments, model.arguments);
  EXPECT_EQ(read->bytes, model.bytes);
  EXPECT_FALSE(parse_manifest("[]", "/m"));
  EXPECT_FALSE(parse_manifest(R"({"schema":"other"})", "/m"));
  EXPECT_FALSE(parse_manifest(R"({"schema":"sensorium.model/1","model":7})", "/m"));
  EXPECT_FALSE(parse_manifest(R"({"schema":"sensorium.model/1"})", "/m"));
}

InstalledModel sized(std::string name, std::int64_t bytes, int rank, bool sees = true) {
  InstalledModel model;
  model.name = std::move(name);
  model.bytes = bytes;
  model.rank = rank;
  if (sees) model.projector_path = "/p";
  return model;
}

TEST(BestVisionModel, PrefersRankThenSizeWithinMemory) {
  constexpr std::int64_t gib = std::int64_t{1} << 30;
  std::vector<InstalledModel> models{sized("text", 9 * gib, 900, false), sized("small", gib, 10),
                                     sized("large", 8 * gib, 80), sized("unranked", 3 * gib, 0)};
  EXPECT_EQ(best_vision_model(models, 64 * gib)->name, "large");
  EXPECT_EQ(best_vision_model(models, 5 * gib)->name, "small");
  EXPECT_EQ(best_vision_model(models, gib / 2)->name, "small")
      << "then at least the sentence about memory is told";
  models[1].test_only = models[2].test_only = models[3].test_only = true;
  EXPECT_EQ(best_vision_model(models, 64 * gib), nullptr);
  EXPECT_EQ(best_vision_model({}, 64 * gib), nullptr);
}

}  // namespace
}  // namespace sensorium::local
