// zlib, repetition, and the list of phrases.
#include "workers/speech/quality.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"

namespace sensorium::speech {
namespace {

// Reported again and again by users of every Whisper program; compared in lower case without punctuation.
constexpr auto inventions =
    std::to_array<std::string_view>({"thanks for watching",
                                     "thank you for watching",
                                     "thank you so much for watching",
                                     "thanks for listening",
                                     "please subscribe",
                                     "please subscribe to my channel",
                                     "subscribe to my channel",
                                     "like and subscribe",
                                     "subtitles by the amaraorg community",
                                     "subtitles by",
                                     "transcription by castingwords",
                                     "bye",
                                     "bye bye",
                                     "you",
                                     "thank you",
                                     "thank you very much",
                                     "see you next time",
                                     "see you in the next video",
                                     "the end",
                                     "music",
                                     "applause",
                                     "untertitel der amaraorgcommunity",
                                     "untertitel von stephanie geiges",
                                     "untertitelung des zdf 2020",
                                     "sous-titres realises para la communaute damaraorg",
                                     "sottotitoli creati dalla comunita amaraorg",
                                     "subtitulos realizados por la comunidad de amaraorg",
                                     "谢谢观看",
                                     "請不吝點贊訂閱轉發打賞支持明鏡與點點欄目",
                                     "字幕由amaraorg社区提供",
                                     "字幕志愿者 杨茜茜",
                                     "ご視聴ありがとうございました",
                                     "시청해 주셔서 감사합니다",
                                     "продолжение следует",
                                     "редактор субтитров асемкин корректор аегорова"});
constexpr int longest_group = 20;

std::string normal(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ' ' || c == '-') out += c;
    if (c >= 'A' && c <= 'Z') out += static_cast<char>(c + ('a' - 'A'));
  }
  return std::string(text::trim(out));
}

}  // namespace

double compression_ratio(std::string_view text) {
  if (text.empty()) return 0;
  uLongf size = compressBound(static_cast<uLong>(text.size()));
  std::string out(size, '\0');
  if (compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(text.data()),
               static_cast<uLong>(text.size())) != Z_OK)
    return 0;
  return static_cast<double>(text.size()) / static_cast<double>(size);
}

bool loops(std::span<const std::int32_t> tokens, int times) {
  const auto count = static_cast<int>(tokens.size());
  for (int group = 1; group <= longest_group && group * times <= count; ++group) {
    const auto tail = tokens.last(static_cast<std::size_t>(group * times));
    // A single token may stand three times in good text ("no no no"); give it some more.
    if (group == 1 && count < times + 3) continue;
    const auto step = static_cast<std::ptrdiff_t>(group);
    if (std::equal(tail.begin() + step, tail.end(), tail.begin())) return true;
  }
  return false;
}

bool known_invention(std::string_view text) {
  const std::string plain = normal(text);
  return std::ranges::find(inventions, plain) != inventions.end();
}

}  // namespace sensorium::speech
