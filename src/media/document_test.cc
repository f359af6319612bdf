// Documents drawn by the real sensorium-render: what comes out, and what hostile ones cannot do.
#include "media/document.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "media/samples.h"

namespace sensorium::media {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

RenderRequest request(std::string_view pages = {}) {
  RenderRequest wanted;
  wanted.program = SN_RENDER_PROGRAM;
  if (!pages.empty()) wanted.pages = parse_choice(pages).value();
  return wanted;
}

Result<Rendered> draw(std::string_view bytes, std::string_view pages = {}) {
  return render_pages({}, bytes, request(pages));
}

/// A PDF of `pages` pages, each filled with a grey of its own number, as tools write it.
std::string pdf(int pages, std::string_view box = "0 0 200 100", std::string_view trailer = {}) {
  std::string out = "%PDF-1.4\n";
  std::vector<std::size_t> offsets;
  const auto object = [&](std::string_view body) {
    offsets.push_back(out.size());
    out += fmt::format("{} 0 obj\n{}\nendobj\n", offsets.size(), body);
  };
  object("<< /Type /Catalog /Pages 2 0 R >>");
  std::string kids;
  for (int i = 0; i < pages; ++i) kids += fmt::format("{} 0 R ", 3 + 2 * i);
  object(fmt::format("<< /Type /Pages /Count {} /Kids [ {}] >>", pages, kids));
  for (int i = 0; i < pages; ++i) {
    object(fmt::format("<< /Type /Page /Parent 2 0 R /MediaBox [{}] /Contents {} 0 R >>", box, 4 + 2 * i));
    const std::string ink = fmt::format("{} 0 0 rg 0 0 5000 5000 re f", i % 2);
    object(fmt::format("<< /Length {} >>\nstream\n{}\nendstream", ink.size(), ink));
  }
  const std::size_t table = out.size();
  out += fmt::format("xref\n0 {}\n0000000000 65535 f \n", offsets.size() + 1);
  for (const std::size_t offset : offsets) out += fmt::format("{:010} 00000 n \n", offset);
  out += fmt::format("trailer\n<< /Size {} /Root 1 0 R {} >>\nstartxref\n{}\n%%EOF\n", offsets.size() + 1,
                     trailer, table);
  return out;
}

std::string svg(std::string_view body, std::string_view attributes = "width=\"300\" height=\"200\"") {
  return fmt::format(
      "<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" "
      "xmlns:xlink=\"http://www.w3.org/1999/xlink\" {}>{}</svg>",
      attributes, body);
}

Size size_of(const RenderedPage& page) { return open_picture(page.png, {})->facts.size; }

/// Red and green of the middle of a page.
std::pair<int, int> middle(const RenderedPage& page) {
  const auto pixels = decode_pixels({}, *open_picture(page.png, {}), 64);
  EXPECT_TRUE(pixels);
  const std::size_t at =
      (static_cast<std::size_t>(pixels->size.height / 2) * static_cast<std::size_t>(pixels->size.width) +
       static_cast<std::size_t>(pixels->size.width / 2)) *
      3;
  return {pixels->rgb[at], pixels->rgb[at + 1]};
}

class DocumentTest : public ::testing::Test {
 protected:
  void SetUp() override { start_library("media_test"); }
};

TEST_F(DocumentTest, KindsByContent) {
  EXPECT_EQ(document_kind(pdf(1)), DocumentKind::pdf);
  EXPECT_EQ(document_kind("rubbish\n" + pdf(1)), DocumentKind::pdf);
  EXPECT_EQ(document_kind(svg("")), DocumentKind::svg);
  EXPECT_EQ(document_kind("<!-- c --><svg/>"), DocumentKind::svg);
  EXPECT_EQ(document_kind("<!doctype html><html><svg/></html>"), DocumentKind::none);
  EXPECT_EQ(document_kind("text about <svg"), DocumentKind::none);
  EXPECT_EQ(document_kind(""), DocumentKind::none);
}

TEST_F(DocumentTest, ChosenPagesOfAPdf) {
  const auto drawn = draw(pdf(5), "2,4-5");
  ASSERT_TRUE(drawn) << sentence(drawn.error());
  EXPECT_EQ(drawn->total, 5);
  ASSERT_EQ(drawn->pages.size(), 3U);
  EXPECT_EQ(drawn->pages[0].index, 1);
  EXPECT_EQ(drawn->pages[2].index, 4);
  EXPECT_EQ(middle(drawn->pages[0]), (std::pair{255, 0}));  // the second page is red, the fifth black
  EXPECT_EQ(middle(drawn->pages[2]), (std::pair{0, 0}));
  const Size size = size_of(drawn->pages[0]);  // 200 x 100 points at 300 dpi
  EXPECT_NEAR(size.width, 833, 2);
  EXPECT_NEAR(size.height, 417, 2);
}

TEST_F(DocumentTest, LargePagesAreDrawnToTheLimit) {
  const auto drawn = draw(pdf(1, "0 0 595 842"));
  ASSERT_TRUE(drawn) << sentence(drawn.error());
  EXPECT_NEAR(size_of(drawn->pages[0]).height, 2048, 2);
  const auto huge = draw(pdf(1, "0 0 14400 14400"));
  ASSERT_TRUE(huge) << sentence(huge.error());
  EXPECT_NEAR(size_of(huge->pages[0]).width, 2048, 2);
}

TEST_F(DocumentTest, HostilePdfs) {
  const auto many = draw(pdf(10'000), "9999");
  ASSERT_TRUE(many) << sentence(many.error());
  EXPECT_EQ(many->total, 10'000);
  EXPECT_EQ(draw(pdf(10'000), "1-").error().code, Code::too_large);
  EXPECT_EQ(draw(pdf(3), "4").error().code, Code::invalid_request);
  EXPECT_THAT(draw(pdf(3), "4").error().message, HasSubstr("there are 3"));
  for (const std::string_view box :
       {"0 0 100000000 100000000", "0 0 0 0", "0 0 1e30 1e30", "5 5 -5 -5", "a b c d", "0 0 1 100000000"}) {
    const auto drawn = draw(pdf(1, box));
    if (!drawn) {
      EXPECT_FALSE(drawn.error().hint.empty());
    } else {
      EXPECT_LE(size_of(drawn->pages[0]).long_side(), 2050) << box;
    }
  }
  const std::string whole = pdf(3);
  for (const std::size_t cut : {9UL, 40UL, whole.size() / 2, whole.size() - 30}) {
    const auto drawn = draw(std::string_view(whole).substr(0, cut));
    if (!drawn) EXPECT_EQ(drawn.error().code, Code::corrupt_media) << cut;
  }
  const auto locked =
      draw(pdf(1, "0 0 9 9",
               "/Encrypt << /Filter /Standard /V 1 /R 2 /O (01234567890123456789012345678901) "
               "/U (01234567890123456789012345678901) /P -4 >> /ID [(a) (a)]"));
  EXPECT_EQ(locked.error().code, Code::unsupported_media);
  EXPECT_THAT(locked.error().hint, HasSubstr("qpdf"));
}

TEST_F(DocumentTest, Drawings) {
  const auto drawn = draw(svg("<rect width='300' height='200' fill='#ff0000'/>"));
  ASSERT_TRUE(drawn) << sentence(drawn.error());
  EXPECT_EQ(drawn->total, 1);
  EXPECT_NEAR(size_of(drawn->pages[0]).width, 512, 2);  // small ones are enlarged
  EXPECT_EQ(middle(drawn->pages[0]), (std::pair{255, 0}));
  const auto large = draw(svg("<circle r='9000' fill='red'/>", "width='9000' height='4500'"));
  ASSERT_TRUE(large) << sentence(large.error());
  EXPECT_NEAR(size_of(large->pages[0]).width, 2048, 2);
  const auto clear = draw(svg(""));
  ASSERT_TRUE(clear) << sentence(clear.error());
  EXPECT_EQ(middle(clear->pages[0]), (std::pair{255, 255})) << "what is transparent is white";
}

TEST_F(DocumentTest, HostileDrawings) {
  const auto begin = SteadyClock::now();
  std::string laughs = "<?xml version=\"1.0\"?><!DOCTYPE svg [<!ENTITY a0 \"ha\">";
  for (int i = 1; i < 30; ++i)
    laughs += fmt::format("<!ENTITY a{} \"&a{};&a{};&a{};&a{};\">", i, i - 1, i - 1, i - 1, i - 1);
  laughs += "]><svg xmlns=\"http://www.w3.org/2000/svg\" width=\"10\" height=\"10\"><text>&a29;</text></svg>";
  std::string uses = "<defs><g id='u0'><rect width='1' height='1'/></g>";
  for (int i = 1; i < 40; ++i)
    uses += fmt::format("<g id='u{}'><use xlink:href='#u{}'/><use xlink:href='#u{}'/></g>", i, i - 1, i - 1);
  uses += "</defs><use xlink:href='#u39'/>";
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<g>";
  for (const std::string& drawing :
       {laughs, svg(uses), svg(deep), svg("", "viewBox='0 0 1e30 1e30' width='1e9' height='1e9'"),
        svg("", "width='0' height='0'"), svg("", "width='-5' height='5'"),
        svg("", "viewBox='0 0 1 100000000'"),
        svg("<filter id='f'><feGaussianBlur stdDeviation='1e9'/></filter><rect filter='url(#f)' width='1e9' "
            "height='1e9'/>"),
        svg("<rect").substr(0, 90), std::string("<svg")}) {
    RenderRequest wanted = request();
    wanted.time = 5s;
    const auto drawn = render_pages({}, drawing, wanted);
    if (drawn) EXPECT_LE(size_of(drawn->pages.at(0)).long_side(), 2050);
    else EXPECT_FALSE(drawn.error().hint.empty());
  }
  EXPECT_LT(SteadyClock::now() - begin, 60s);
}

TEST_F(DocumentTest, ADrawingReadsNoFileAndNoNetwork) {
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("sn-svg-{}", ::getpid());
  std::filesystem::create_directory(folder);
  const auto secret = folder / "secret.png";
  std::ofstream(secret, std::ios::binary) << samples::encode(samples::flag({64, 64}), ".png");
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener, 4), 0);
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  for (const std::string& href :
       {secret.string(), "file://" + secret.string(), std::string("file:///proc/self/environ"),
        fmt::format("http://127.0.0.1:{}/a.png", ntohs(address.sin_port))}) {
    const auto drawn =
        draw(svg(fmt::format("<image xlink:href='{}' width='300' height='200'/>"
                             "<style>@import url('{}');</style>",
                             href, href)));
    if (drawn) EXPECT_EQ(middle(drawn->pages[0]), (std::pair{255, 255})) << href << " was drawn";
  }
  const auto entity = draw(
      "<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>"
      "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><text>&x;</text></svg>");
  if (entity) EXPECT_EQ(middle(entity->pages[0]), (std::pair{255, 255}));
  EXPECT_EQ(::accept(listener, nullptr, nullptr), -1) << "somebody connected";
  ::close(listener);
  std::filesystem::remove_all(folder);
}

TEST_F(DocumentTest, FramesOfAnimations) {
  for (const std::string_view suffix : {".gif", ".webp"}) {
    const std::string film = samples::animation(samples::flag({64, 48}), 6, suffix);
    const auto drawn = draw(film, "spread:3");
    ASSERT_TRUE(drawn) << suffix << sentence(drawn.error());
    EXPECT_EQ(drawn->total, 6);
    ASSERT_EQ(drawn->pages.size(), 3U);
    EXPECT_EQ(drawn->pages[2].index, 5);
    EXPECT_EQ(size_of(drawn->pages[0]), (Size{64, 48})) << suffix;
    EXPECT_EQ(draw(film, "7").error().code, Code::invalid_request);
    EXPECT_FALSE(draw(std::string_view(film).substr(0, 30)));
  }
}

TEST_F(DocumentTest, NothingPersonalComesOut) {
  const auto tiff = samples::encode(samples::photo({64, 48}), ".tif");
  const auto drawn = draw(tiff);
  ASSERT_TRUE(drawn) << sentence(drawn.error());
  EXPECT_FALSE(open_picture(drawn->pages[0].png, {})->facts.personal);
  const auto photo = samples::with_exif(samples::encode(samples::flag({64, 48}), ".jpg"), 6);
  const auto turned = draw(photo);
  ASSERT_TRUE(turned) << sentence(turned.error());
  EXPECT_EQ(turned->pages[0].png->find("SECRETPLACE"), std::string::npos);
  EXPECT_EQ(size_of(turned->pages[0]), (Size{48, 64}));
}

TEST_F(DocumentTest, AStopAndADeadline) {
  std::stop_source source;
  std::thread stopper([&] {
    std::this_thread::sleep_for(30ms);
    source.request_stop();
  });
  const std::string slow = pdf(2000);
  const auto begin = SteadyClock::now();
  RenderRequest wanted = request("1-2000");
  wanted.most_pages = 2000;
  const auto drawn = render_pages(CallContext("r", TimePoint::max(), source.get_token()), slow, wanted);
  stopper.join();
  EXPECT_EQ(drawn.error().code, Code::cancelled);
  EXPECT_LT(SteadyClock::now() - begin, 1s);
  wanted.time = 50ms;
  EXPECT_EQ(render_pages({}, slow, wanted).error().code, Code::too_large);
}

TEST_F(DocumentTest, WithoutTheProgram) {
  RenderRequest wanted = request();
  wanted.program = "/nonexistent/sensorium-render";
  EXPECT_EQ(render_pages({}, pdf(1), wanted).error().code, Code::not_built_in);
  wanted.program = "/bin/false";
  EXPECT_EQ(render_pages({}, pdf(1), wanted).error().code, Code::too_large);
  wanted.program = "/bin/echo";
  EXPECT_FALSE(render_pages({}, pdf(1), wanted));
}

}  // namespace
}  // namespace sensorium::media
