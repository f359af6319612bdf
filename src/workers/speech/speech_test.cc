// The worker's parts without weights: the form, the tests of text, the turns, the options.
#include <gtest/gtest.h>

#include <fstream>

#include "workers/speech/form.h"
#include "workers/speech/program.h"
#include "workers/speech/quality.h"

namespace sensorium::speech {
namespace {

std::string wave(std::size_t samples, int rate = 16'000) {
  const auto number = [](std::uint32_t value, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
    return out;
  };
  const auto bytes = static_cast<std::uint32_t>(samples * 2);
  return "RIFF" + number(36 + bytes, 4) + "WAVEfmt " + number(16, 4) + number(1, 2) + number(1, 2) +
         number(static_cast<std::uint32_t>(rate), 4) + number(32'000, 4) + number(2, 2) + number(16, 2) +
         "data" + number(bytes, 4) + std::string(bytes, '\x40');
}

std::string field(const std::string& name, const std::string& value) {
  return "--x\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
}
std::string file(const std::string& bytes) {
  return "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n" + bytes + "\r\n";
}

TEST(Form, ReadsFieldsAndSamples) {
  const std::string body = field("job", "j1") + field("language", "auto") + field("beam_size", "3") +
                           field("languages", "en, de") + field("speech_confidence", "0.25") +
                           file(wave(1600)) + "--x--\r\n";
  const auto form = read_form(body);
  ASSERT_TRUE(form) << form.error().message;
  EXPECT_EQ(form->job, "j1");
  EXPECT_EQ(form->request.language, "");
  EXPECT_EQ(form->request.beam, 3);
  EXPECT_EQ(form->request.languages, (std::vector<std::string>{"en", "de"}));
  EXPECT_FLOAT_EQ(form->request.confidence, 0.25F);
  ASSERT_EQ(form->samples.size(), 1600U);
  EXPECT_NEAR(form->samples[0], 0x4040 / 32768.0, 1e-6);
}

TEST(Form, RefusesWhatIsNoForm) {
  EXPECT_EQ(read_form("").error().code, Code::invalid_request);
  EXPECT_EQ(read_form("{}").error().code, Code::invalid_request);
  EXPECT_EQ(read_form(file(wave(100))).error().code, Code::invalid_request);  // cut off
  EXPECT_EQ(read_form(field("beam_size", "0") + file(wave(10)) + "--x--\r\n").error().code,
            Code::invalid_request);
  EXPECT_EQ(read_form(field("temperature", "nan") + file(wave(10)) + "--x--\r\n").error().code,
            Code::invalid_request);
}

TEST(Form, RefusesOtherSoundAndTooMuch) {
  const auto code = [](const std::string& bytes) {
    return read_form(file(bytes) + "--x--\r\n").error().code;
  };
  EXPECT_EQ(code(wave(100, 8'000)), Code::unsupported_media);
  EXPECT_EQ(code("RIFF"), Code::unsupported_media);
  EXPECT_EQ(code(""), Code::unsupported_media);
  EXPECT_EQ(code(wave(100).substr(0, 20)), Code::unsupported_media);
  EXPECT_EQ(code(wave(31UL * 16'000)), Code::too_large);
}

TEST(Form, LyingSizeOfAWaveIsBounded) {
  std::string bytes = wave(100);
  bytes.resize(bytes.size() - 50);
  const auto form = read_form(file(bytes) + "--x--\r\n");
  ASSERT_TRUE(form);
  EXPECT_EQ(form->samples.size(), 75U);
}

TEST(Quality, RepetitionCompresses) {
  EXPECT_LT(compression_ratio("And so, my fellow Americans, ask not what your country can do for you."), 1.6);
  std::string again;
  for (int i = 0; i < 20; ++i) again += "the most important and ";
  EXPECT_GT(compression_ratio(again), 2.4);
  EXPECT_EQ(compression_ratio(""), 0);
}

TEST(Quality, LoopsAreGroupsInARow) {
  EXPECT_FALSE(loops(std::vector<std::int32_t>{}, 4));
  EXPECT_FALSE(loops(std::vector<std::int32_t>{1, 1, 1, 1}, 4));
  EXPECT_TRUE(loops(std::vector<std::int32_t>{9, 8, 7, 1, 1, 1, 1}, 4));
  EXPECT_FALSE(loops(std::vector<std::int32_t>{1, 2, 1, 2, 1, 2}, 4));
  EXPECT_TRUE(loops(std::vector<std::int32_t>{5, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3}, 4));
}

TEST(Quality, InventionsAreWholeTexts) {
  EXPECT_TRUE(known_invention(" Thanks for watching!"));
  EXPECT_TRUE(known_invention("谢谢观看"));
  EXPECT_FALSE(known_invention("Thanks for watching the children while I was away."));
  EXPECT_FALSE(known_invention(""));
}

TEST(Reply, IsOneObjectWithTokens) {
  Heard heard;
  heard.language = "en";
  heard.segments = {{0, 1.5, " Say \"hi\"", {{" Say", 0.9F, 0.2}, {" \"", 0.5F, -1}}}};
  const auto json = reply_json(heard, 2, HearRequest::Task::transcribe);
  EXPECT_TRUE(json.contains(R"("language":"english")")) << json;
  EXPECT_TRUE(json.contains(R"("text":"Say \"hi\"")")) << json;
  EXPECT_TRUE(json.contains(R"({"bytes":"20536179","p":0.9000,"at":0.20})")) << json;
}

TEST(Model, WrongFilesAreSaidSo) {
  EXPECT_EQ(Model::load("/nonexistent").error().code, Code::not_found);
  EXPECT_EQ(Model::load("/proc/self/exe").error().code, Code::misconfigured);
  EXPECT_EQ(Model::load("/dev/null").error().code, Code::misconfigured);
}

TEST(Arguments, NeedSocketAndModel) {
  const auto parse = [](std::vector<const char*> words) { return parse_arguments(words); };
  EXPECT_TRUE(parse({"p", "--socket", "s", "--model", "m", "--threads", "2"}));
  EXPECT_FALSE(parse({"p", "--socket", "s"}));
  EXPECT_FALSE(parse({"p", "--socket", "s", "--model", "m", "--threads", "0"}));
  EXPECT_FALSE(parse({"p", "--socket"}));
  EXPECT_FALSE(parse({"p", "--what", "s"}));
}

}  // namespace
}  // namespace sensorium::speech
