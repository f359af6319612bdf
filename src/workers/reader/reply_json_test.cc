#include <gmock/gmock.h>

#include "base/json.h"
#include "media/format.h"
#include "workers/reader/reply.h"

namespace sensorium::reader {
namespace {

media::Picture picture() {
  static const auto bytes = std::make_shared<const std::string>("twelve bytes");
  media::Picture picture;
  picture.bytes = bytes;
  picture.facts.format = media::formats().front();
  picture.facts.size = {200, 100};
  picture.facts.orientation = 6;
  return picture;
}

json::value reply(const Page& page, const std::vector<FoundCode>& codes, float scale) {
  const auto of = picture();
  const Facts facts{.brightness = 12.5, .sharpness = 3, .colours = {{"red", 0.75}}, .phash = 0xABC};
  const ExifFacts exif{.camera = "Maker \"7\"", .date = "2024:03:14", .gps = true};
  auto parsed = json::parse(reply_json({of, page, codes, facts, exif, scale}));
  EXPECT_TRUE(parsed);
  return std::move(*parsed);
}

TEST(ReplyJson, BoxesAreInPixelsOfTheUprightOriginal) {
  Page page;
  page.rotation = 90;
  page.lines.push_back({{{{1, 2}, {10, 2}, {10, 5}, {1, 5}}}, "Total", 0.5F, "both", "latin"});
  const auto value = reply(page, {{"QRCode", "a\"b", {{{0, 0}, {3, 0}, {3, 3}, {0, 3}}}}}, 2);
  EXPECT_EQ(value.at("width").as_int64(), 100);
  EXPECT_EQ(value.at("height").as_int64(), 200);
  EXPECT_EQ(value.at("rotation").as_int64(), 90);
  const auto& line = value.at("lines").at(0);
  EXPECT_EQ(json::serialize(line.at("box")), "[[2,4],[20,4],[20,10],[2,10]]");
  EXPECT_EQ(line.at("text").as_string(), "Total");
  EXPECT_EQ(line.at("source").as_string(), "both");
  EXPECT_EQ(value.at("codes").at(0).at("text").as_string(), "a\"b");
}

TEST(ReplyJson, FactsAreThere) {
  const auto facts = reply({}, {}, 1).at("facts");
  EXPECT_EQ(facts.at("bytes").as_int64(), 12);
  EXPECT_EQ(facts.at("phash").as_string(), "0000000000000abc");
  EXPECT_EQ(facts.at("colours").at(0).at("name").as_string(), "red");
  EXPECT_EQ(facts.at("exif").at("camera").as_string(), "Maker \"7\"");
  EXPECT_TRUE(facts.at("exif").at("gps").as_bool());
}

TEST(ReplyJson, AnEmptyPageHasEmptyLists) {
  const auto value = reply({}, {}, 1);
  EXPECT_TRUE(value.at("lines").as_array().empty());
  EXPECT_TRUE(value.at("codes").as_array().empty());
}

}  // namespace
}  // namespace sensorium::reader
