// Containers whole and cut, base64 that was taken for a picture, and the list of the ten errors.
#include "service/diagnose.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "service/troubles.h"

namespace sensorium::service {
namespace {

using Kind = ContainerFacts::Kind;
using testing::HasSubstr;

ContainerFacts look(const std::string& file) {
  return look_at_container(static_cast<std::int64_t>(file.size()), [&](std::int64_t at, std::size_t count) {
    return static_cast<std::size_t>(at) >= file.size() ? std::string()
                                                       : file.substr(static_cast<std::size_t>(at), count);
  });
}

std::string box(std::string_view type, std::string_view body) {
  std::string out(4, '\0');
  const auto length = body.size() + 8;
  for (int i = 0; i < 4; ++i) out[static_cast<std::size_t>(i)] = static_cast<char>(length >> (8 * (3 - i)));
  return out.append(type).append(body);
}

const std::string ftyp = box("ftyp", std::string_view("isom\0\0\2\0isommp42", 16));

TEST(Container, knows_whole_videos_and_recordings) {
  const auto whole = look(ftyp + box("moov", "x") + box("mdat", std::string(1000, 'x')));
  EXPECT_EQ(whole.kind, Kind::video);
  EXPECT_EQ(whole.damage, "");
  EXPECT_EQ(look("\x1A\x45\xDF\xA3 webm").kind, Kind::video);
  EXPECT_EQ(look("ID3 tags").kind, Kind::recording);
  const std::string wav("RIFF\x08\0\0\0WAVEdata", 16);
  EXPECT_EQ(look(wav).kind, Kind::recording);
  EXPECT_EQ(look(wav).damage, "");
}

TEST(Container, sees_that_a_file_is_cut_off) {
  const std::string video = ftyp + box("mdat", std::string(1000, 'x')) + box("moov", std::string(50, 'x'));
  EXPECT_THAT(look(video.substr(0, 600)).damage, HasSubstr("cut off"));
  EXPECT_THAT(look(video.substr(0, video.size() - 10)).damage, HasSubstr("cut off"));
  EXPECT_THAT(look(ftyp + box("mdat", "x")).damage, HasSubstr("moov"));
  EXPECT_THAT(look(ftyp + std::string("\0\0\0\3bad!", 8)).damage, HasSubstr("damaged"));
  EXPECT_THAT(look(std::string("RIFF\xFF\x0F\0\0WAVEdata", 16)).damage, HasSubstr("cut off"));
  EXPECT_EQ(look(std::string("RIFF\xFF\xFF\xFF\xFFWAVEdata", 16)).damage, "") << "streamed: no length known";
}

TEST(Container, leaves_everything_else_alone) {
  EXPECT_EQ(look("").kind, Kind::none);
  EXPECT_EQ(look("\xFF\xD8\xFF\xE0 a JPEG").kind, Kind::none);
  EXPECT_EQ(look("RIFF").kind, Kind::none);
}

TEST(Base64Text, is_told_from_prose_and_pictures) {
  EXPECT_TRUE(is_base64_text(std::string(80, 'A') + "=="));
  EXPECT_TRUE(is_base64_text("data:image/png;base64,iVBORw0KGgo="));
  EXPECT_TRUE(is_base64_text(std::string(76, 'x') + "\n" + std::string(76, 'y')));
  EXPECT_FALSE(is_base64_text("short"));
  EXPECT_FALSE(
      is_base64_text("This is a letter, with spaces and full stops. It goes on for quite some time."));
  EXPECT_FALSE(is_base64_text(std::string_view("\xFF\xD8\xFF\0", 4)));
  EXPECT_FALSE(is_base64_text(""));
}

TEST(Troubles, are_ten_with_a_remedy_each) {
  std::set<std::string_view> names;
  for (const Trouble& one : troubles()) {
    names.insert(one.name);
    EXPECT_GT(one.remedy.size(), 20U) << one.name;
    EXPECT_GT(one.sign.size(), 10U) << one.name;
    EXPECT_GT(facts(one.code).http, 399) << one.name;
  }
  EXPECT_EQ(names.size(), 10U);
  EXPECT_EQ(trouble("bad base64").code, Code::invalid_request);
}

}  // namespace
}  // namespace sensorium::service
