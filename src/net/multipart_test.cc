// Multipart forms: whole, in single bytes, and malformed in every way a client manages.
#include "net/multipart.h"

#include <gtest/gtest.h>

#include <vector>

namespace sensorium::net {
namespace {

struct Part {
  PartHead head;
  std::string data;
  bool ended = false;
};

/// Feeds `body` in pieces of `step` bytes.
Result<std::vector<Part>> parse(std::string_view body, std::size_t step, std::string_view boundary = "XX") {
  std::vector<Part> parts;
  MultipartParser parser(boundary, {[&](const PartHead& head) {
                                      parts.push_back({head, "", false});
                                      return Status{};
                                    },
                                    [&](std::string_view data) {
                                      parts.back().data += data;
                                      return Status{};
                                    },
                                    [&] {
                                      parts.back().ended = true;
                                      return Status{};
                                    }});
  for (std::size_t i = 0; i < body.size(); i += step) SN_TRY(parser.feed(body.substr(i, step)));
  SN_TRY(parser.finish());
  return parts;
}

constexpr std::string_view form =
    "preamble\r\n--XX\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\nWhat?\r\n"
    "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a;b\\\"c.jpg\"\r\nContent-Type: "
    "image/jpeg\r\n\r\n"
    "\r\n--X not a boundary\r\n--XY\r\n\r\n--XX\r\ncontent-disposition: form-data; "
    "name=empty\r\n\r\n\r\n--XX--\r\nepilogue";

TEST(Multipart, GivesTheSamePartsInAnyPieces) {
  for (std::size_t step = 1; step <= form.size(); ++step) {
    const auto parts = parse(form, step);
    ASSERT_TRUE(parts) << step;
    ASSERT_EQ(parts->size(), 3U) << step;
    EXPECT_EQ((*parts)[0].head.name, "prompt");
    EXPECT_EQ((*parts)[0].data, "What?");
    EXPECT_FALSE((*parts)[0].head.is_file);
    EXPECT_EQ((*parts)[1].head.filename, "a;b\"c.jpg");
    EXPECT_EQ((*parts)[1].head.mime, "image/jpeg");
    EXPECT_EQ((*parts)[1].data, "\r\n--X not a boundary\r\n--XY\r\n");
    EXPECT_EQ((*parts)[2].data, "");
    EXPECT_TRUE((*parts)[2].ended);
  }
}

TEST(Multipart, MalformedFormsAreRefused) {
  for (std::string_view bad :
       {"", "--XX", "--XX\r\n\r\n\r\n--XX--", "no boundary at all",
        "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ncut",
        "--XXgarbage\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--XX--"}) {
    const auto parts = parse(bad, 3);
    ASSERT_FALSE(parts) << bad;
    EXPECT_EQ(parts.error().code, Code::invalid_request) << bad;
  }
  const std::string endless = "--XX\r\nX: " + std::string(100'000, 'x');
  EXPECT_FALSE(parse(endless, 1000));
}

TEST(Multipart, ASinkErrorEndsIt) {
  MultipartParser parser("XX", {[](const PartHead&) { return Status(Error(Code::too_large, "no")); },
                                [](std::string_view) { return Status{}; }, [] { return Status{}; }});
  EXPECT_EQ(parser.feed(form).error().code, Code::too_large);
}

TEST(Multipart, BoundariesOfContentTypes) {
  EXPECT_EQ(*multipart_boundary("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(*multipart_boundary("Multipart/Form-Data; charset=utf-8; boundary=\"a b\""), "a b");
  for (std::string_view bad :
       {"", "application/json", "multipart/form-data", "multipart/form-data; boundary="})
    EXPECT_FALSE(multipart_boundary(bad)) << bad;
}

}  // namespace
}  // namespace sensorium::net
