// Model files of other programs, in made-up caches.
#include "engine/local/caches.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/local/ollama.h"

namespace sensorium::local {
namespace fs = std::filesystem;
namespace {

using ::testing::HasSubstr;

class CachesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto pattern = (fs::temp_directory_path() / "sn-caches-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    folders_.huggingface = folder_ / "hub";
    folders_.lm_studio = {folder_ / "lm"};
    folders_.llama_cpp = folder_ / "llama";
    folders_.ollama = folder_ / "ollama";
    model_.vision = true;
    model_.ollama = "see:7b";
    for (const char* name : {"m.gguf", "mmproj.gguf"})
      model_.files.push_back({CatalogueFile::Role::model,
                              name,
                              4,
                              "",
                              {{CatalogueSource::Kind::huggingface, "own/repo", name, {}}}});
  }
  void TearDown() override { fs::remove_all(folder_); }
  void write(const fs::path& path, std::string_view bytes = "GGUF") {
    fs::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path) << bytes;
  }
  static std::string digest(char c) { return std::string(64, c); }
  void write_ollama(std::string_view layers) {
    write("ollama/manifests/some.registry/library/see/7b", fmt::format(R"({{"layers":[{}]}})", layers));
  }
  static std::string layer(std::string_view kind, std::string_view digest) {
    return fmt::format(R"({{"mediaType":"application/vnd.ollama.image.{}","digest":"{}"}})", kind, digest);
  }

  fs::path folder_;
  CacheFolders folders_;
  CatalogueModel model_;
};

TEST_F(CachesTest, NothingThere) { EXPECT_FALSE(find_in_caches(model_, folders_)); }

TEST_F(CachesTest, EachLayoutIsFound) {
  write("llama/own_repo_m.gguf");
  write("llama/own_repo_mmproj.gguf");
  EXPECT_THAT(find_in_caches(model_, folders_)->front(), HasSubstr("llama/own_repo_m.gguf"));
  write("lm/own/repo/m.gguf");
  write("lm/own/repo/mmproj.gguf");
  EXPECT_THAT(find_in_caches(model_, folders_)->at(1), HasSubstr("lm/own/repo/mmproj.gguf"));
  write("hub/models--own--repo/snapshots/abc/m.gguf");
  write("hub/models--own--repo/snapshots/abc/mmproj.gguf");
  EXPECT_THAT(find_in_caches(model_, folders_)->front(), HasSubstr("snapshots/abc/m.gguf"));
}

TEST_F(CachesTest, HalfAModelAndOtherSizesDoNotCount) {
  write("lm/own/repo/m.gguf");
  EXPECT_FALSE(find_in_caches(model_, folders_));
  write("lm/own/repo/mmproj.gguf", "longer than four bytes");
  EXPECT_FALSE(find_in_caches(model_, folders_));
  write("lm/own/repo/mmproj.gguf", "");
  model_.files[1].bytes = 0;
  EXPECT_FALSE(find_in_caches(model_, folders_)) << "an empty file is none";
}

TEST_F(CachesTest, OllamaBlobsWithASeparateProjector) {
  write("ollama/blobs/sha256-" + digest('a'));
  write("ollama/blobs/sha256-" + digest('b'));
  write_ollama(layer("model", "sha256:" + digest('a')) + "," + layer("projector", "sha256:" + digest('b')));
  const auto found = find_in_caches(model_, folders_);
  ASSERT_TRUE(found);
  EXPECT_THAT(found->at(0), HasSubstr("sha256-aaa"));
  EXPECT_THAT(found->at(1), HasSubstr("sha256-bbb"));
  write_ollama(layer("model", "sha256:" + digest('a')));
  EXPECT_FALSE(find_in_caches(model_, folders_)) << "its projector is inside, where llama.cpp cannot use it";
}

TEST_F(CachesTest, OllamaManifestsThatLieAreRefused) {
  EXPECT_EQ(ollama_files(folders_.ollama, "see").error().code, Code::not_found);
  for (const std::string& layers :
       {layer("model", "sha256:" + digest('c')), layer("model", "sha256:../../../etc/passwd"),
        layer("model", "md5:abc"), layer("model", "sha256:" + digest('Z'))}) {
    write_ollama(layers);
    EXPECT_EQ(ollama_files(folders_.ollama, "see:7b").error().code, Code::misconfigured) << layers;
  }
  write("ollama/manifests/some.registry/library/see/7b", "<html>");
  EXPECT_EQ(ollama_files(folders_.ollama, "see:7b").error().code, Code::misconfigured);
  write("ollama/manifests/some.registry/library/see/7b", "{}");
  EXPECT_EQ(ollama_files(folders_.ollama, "see:7b").error().code, Code::misconfigured);
}

}  // namespace
}  // namespace sensorium::local
