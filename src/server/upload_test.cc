// Forms that become questions, the spool behind large files, and forms that do not fit.
#include "server/upload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace sensorium::server {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

std::string part(const std::string& disposition, const std::string& content) {
  return "--b\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + content + "\r\n";
}
std::string file_part(const std::string& content, const std::string& name = "a.jpg") {
  return part("name=\"file\"; filename=\"" + name + "\"", content);
}

class Upload : public ::testing::Test {
 protected:
  Upload() : folder_(fs::temp_directory_path() / ("sensorium-upload-" + std::to_string(::getpid()))) {}
  ~Upload() override { fs::remove_all(folder_); }

  Result<service::Question> read(const std::string& body, std::size_t piece = 16UL << 10) {
    UploadForm form("b", folder_ / "spool");
    for (std::size_t at = 0; at < body.size(); at += piece) {
      SN_TRY(form.feed(std::string_view(body).substr(at, piece)));
      if (form.wants_flush()) SN_TRY(form.flush());
    }
    spooled_ = form.spooled();
    return form.finish();
  }
  fs::path folder_;
  bool spooled_ = false;
};

TEST_F(Upload, SmallFilesNeverTouchTheDisk) {
  for (const std::size_t piece : {1UL, 7UL, 100'000UL}) {
    const auto question = read(file_part("bytes") + part("name=\"prompt\"", "What?") + "--b--\r\n", piece);
    ASSERT_TRUE(question) << question.error().message;
    EXPECT_EQ(question->prompt, "What?");
    ASSERT_EQ(question->pictures.size(), 1U);
    EXPECT_EQ(*question->pictures[0].bytes, "bytes");
    EXPECT_EQ(question->pictures[0].label, "a.jpg");
  }
  EXPECT_FALSE(spooled_);
  EXPECT_FALSE(fs::exists(folder_));
}

TEST_F(Upload, LargeFilesComeBackWholeAndLeaveNothing) {
  std::string large(3UL << 20, '\0');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 2654435761U >> 13);
  const auto question =
      read(file_part(large) + file_part("small", "b.jpg") + file_part(large + "x") + "--b--\r\n");
  ASSERT_TRUE(question) << question.error().message;
  EXPECT_TRUE(spooled_);
  ASSERT_EQ(question->pictures.size(), 3U);
  EXPECT_TRUE(*question->pictures[0].bytes == large);
  EXPECT_EQ(*question->pictures[1].bytes, "small");
  EXPECT_TRUE(*question->pictures[2].bytes == large + "x");
  EXPECT_EQ(question->prompt, "Describe this picture.");
  EXPECT_TRUE(fs::is_empty(folder_ / "spool"));
}

TEST_F(Upload, AFilePartWithoutANameOfAFileIsAFileStill) {
  const auto question = read(part("name=\"file\"", "raw") + "--b--");
  ASSERT_TRUE(question) << question.error().message;
  EXPECT_EQ(question->pictures[0].label, "file 1");
}

TEST_F(Upload, UnknownFieldsAreNamed) {
  const auto question = read(file_part("x") + part("name=\"colour\"", "red") + "--b--");
  ASSERT_TRUE(question);
  EXPECT_THAT(question->ignored, testing::ElementsAre("colour"));
}

TEST_F(Upload, WhatIsWrongIsNamed) {
  std::string many;
  for (int i = 0; i < 65; ++i) many += file_part("x");
  struct Case {
    std::string body, param;
    Code code = Code::invalid_request;
  };
  for (const Case& c :
       {Case{part("name=\"prompt\"", "a") + "--b--", "file"}, Case{file_part("") + "--b--", "file"},
        Case{file_part("x") + part("name=\"max_tokens\"", "many") + "--b--", "max_tokens"},
        Case{file_part("x") + part("name=\"prompt\"", " ") + "--b--", "prompt"}, Case{many + "--b--", "file"},
        Case{file_part("x"), ""}, Case{"", ""},
        Case{part("name=\"prompt\"", std::string(9UL << 20, 'x')) + "--b--", "prompt", Code::too_large}}) {
    const auto question = read(c.body);
    ASSERT_FALSE(question) << c.body.substr(0, 100);
    EXPECT_EQ(question.error().code, c.code) << question.error().message;
    EXPECT_EQ(question.error().param, c.param) << question.error().message;
  }
}

TEST_F(Upload, ASpoolThatCannotBeMadeIsSaid) {
  folder_ = "/proc/nothing";
  const auto question = read(file_part(std::string(1UL << 20, 'x')) + "--b--");
  ASSERT_FALSE(question);
  EXPECT_EQ(question.error().code, Code::misconfigured);
  EXPECT_THAT(question.error().hint, HasSubstr("state_dir"));
}

}  // namespace
}  // namespace sensorium::server
