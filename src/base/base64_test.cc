// Every kernel against a plain reference, at every length and with a bad character everywhere.
#include "base/base64.h"

#include <gmock/gmock.h>

#include <random>

#include "base/base64_kernels.h"

namespace sensorium {
namespace {

using testing::HasSubstr;

constexpr std::size_t longest = 600;

std::string random_bytes(std::size_t size) {
  std::mt19937 random(static_cast<unsigned>(size) + 1);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// Bit by bit, so that it shares no idea with the code under test.
std::string reference_encode(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned value = 0, bits = 0;
  const auto push = [&](unsigned bit) {
    value = value << 1 | bit;
    if (++bits == 6) out += digits[value], value = bits = 0;
  };
  for (const char c : bytes)
    for (int bit = 7; bit >= 0; --bit) push((static_cast<unsigned char>(c) >> bit) & 1U);
  while (bits != 0) push(0);
  while (out.size() % 4 != 0) out += '=';
  return out;
}

// The parameter is the first kernel to use; those behind it finish what it leaves.
class EveryKernel : public testing::TestWithParam<std::size_t> {
 protected:
  std::span<const base64::Kernel> kernel() const { return base64::kernels().subspan(GetParam()); }
};

INSTANTIATE_TEST_SUITE_P(Base64, EveryKernel, testing::Range(std::size_t{0}, base64::kernels().size()),
                         [](const auto& info) { return std::string(base64::kernels()[info.param].name); });

TEST_P(EveryKernel, EncodesAsTheReferenceAtEveryLength) {
  for (std::size_t size = 0; size < longest; ++size) {
    const std::string bytes = random_bytes(size);
    std::string out = "before:";
    base64::append_with(kernel(), out, bytes);
    ASSERT_EQ(out, "before:" + reference_encode(bytes)) << size;
    ASSERT_EQ(out.size() - 7, base64_size(size));
  }
}

TEST_P(EveryKernel, DecodesEveryLengthWithAndWithoutPadding) {
  for (std::size_t size = 0; size < longest; ++size) {
    const std::string bytes = random_bytes(size);
    std::string text = reference_encode(bytes);
    ASSERT_EQ(base64::decode_with(kernel(), text).value(), bytes) << size;
    while (text.ends_with('=')) text.pop_back();
    ASSERT_EQ(base64::decode_with(kernel(), text).value(), bytes) << size;
  }
}

TEST_P(EveryKernel, NamesTheOffsetOfABadCharacterInEveryPosition) {
  constexpr std::string_view bad_ones{"\0 -_.\"@[`{\x7f\x80\xc3\xff", 14};
  const std::string text = reference_encode(random_bytes(150));
  for (std::size_t at = 0; at < text.size(); ++at)
    for (const char bad : bad_ones) {
      std::string broken = text;
      broken[at] = bad;
      const auto result = base64::decode_with(kernel(), broken);
      ASSERT_FALSE(result) << at;
      ASSERT_EQ(result.error().code, Code::invalid_request);
      ASSERT_TRUE(result.error().message.ends_with("offset " + std::to_string(at))) << result.error().message;
    }
}

TEST_P(EveryKernel, RejectsEachByteOutsideTheAlphabet) {
  for (int byte = 0; byte < 256; ++byte) {
    const auto c = static_cast<char>(byte);
    const bool known = base64::sextet(c) < 64 || c == '\n' || c == '\r';
    std::string text(64, 'A');
    text[37] = c;
    if (c == '\n' || c == '\r') text += 'A';  // a line break is no character of the data
    ASSERT_EQ(base64::decode_with(kernel(), text).has_value(), known) << byte;
  }
}

TEST_P(EveryKernel, SkipsLineBreaksOfEveryWidth) {
  const std::string bytes = random_bytes(500), text = reference_encode(bytes);
  for (std::size_t width = 1; width < 130; ++width) {
    std::string lines;
    for (std::size_t at = 0; at < text.size(); at += width) lines += text.substr(at, width) + "\r\n";
    ASSERT_EQ(base64::decode_with(kernel(), lines).value(), bytes) << width;
  }
}

TEST_P(EveryKernel, WritesNothingBeyondItsRoom) {
  for (std::size_t size = 0; size < 200; ++size) {
    const std::string text(size, 'x');
    std::string out(size / 4 * 3 + base64::decode_slack + 8, '#');
    const std::size_t used =
        kernel()[0].decode(reinterpret_cast<const unsigned char*>(text.data()), size, out.data());
    ASSERT_LE(used, size);
    ASSERT_EQ(out.substr(out.size() - 8), "########") << size;
  }
}

TEST(Base64, KnowsTheVectorsOfRfc4648) {
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}};
  for (const auto& [plain, coded] : vectors) {
    EXPECT_EQ(base64_encode(plain), coded);
    EXPECT_EQ(base64_decode(coded).value(), plain);
  }
}

TEST(Base64, DropsStrayBitsOfTheLastCharacter) { EXPECT_EQ(base64_decode("Zh==").value(), "f"); }

TEST(Base64, RefusesPaddingThatDoesNotFit) {
  for (const std::string_view text :
       {"=", "====", "Zg=", "Zg===", "Zm9v=", "Z===", "Zg==Zg==", "Zm=v", "Zg=\n", "A"}) {
    const auto result = base64_decode(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().code, Code::invalid_request);
  }
}

TEST(Base64, SaysWhatToDoAboutTheUrlSafeAlphabet) {
  EXPECT_THAT(base64_decode("ab-_").error().hint, HasSubstr("standard alphabet"));
}

TEST(DataUrl, IsTakenApart) {
  const auto url = decode_data_url("data:image/png;base64,Zm9v");
  EXPECT_EQ(url.value().mime, "image/png");
  EXPECT_EQ(url.value().data, "foo");
}

TEST(DataUrl, IgnoresCaseParametersAndBlanks) {
  const auto url = decode_data_url("DATA:Image/JPEG; charset=x ;BASE64,Zm8=");
  EXPECT_EQ(url.value().mime, "image/jpeg");
  EXPECT_EQ(url.value().data, "fo");
}

TEST(DataUrl, DecodesPercentSignsInBothForms) {
  EXPECT_EQ(decode_data_url("data:,a%20b%zz%").value().data, "a b%zz%");
  EXPECT_EQ(decode_data_url("data:;base64,%2B%2f8%3D").value().data, "\xfb\xff");
  EXPECT_EQ(decode_data_url("data:,x%4").value().data, "x%4");
  EXPECT_EQ(decode_data_url("data:,%41").value().data, "A");
}

TEST(DataUrl, WithoutATypeIsText) { EXPECT_EQ(decode_data_url("data:,hello").value().mime, "text/plain"); }

TEST(DataUrl, CountsTheOffsetFromItsBeginning) {
  EXPECT_THAT(decode_data_url("data:image/png;base64,Zm!v").error().message, HasSubstr("offset 24"));
}

TEST(DataUrl, RefusesWhatIsNone) {
  EXPECT_FALSE(is_data_url("dat"));
  EXPECT_FALSE(is_data_url("https://example.com/data:"));
  EXPECT_EQ(decode_data_url("https://example.com/a.png").error().code, Code::invalid_request);
  EXPECT_THAT(decode_data_url("data:image/png;base64").error().message, HasSubstr("no comma"));
  EXPECT_FALSE(decode_data_url(""));
}

}  // namespace
}  // namespace sensorium
