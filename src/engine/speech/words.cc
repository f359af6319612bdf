// Tokens to words, and languages by name.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "engine/speech/reply.h"

namespace sensorium::speech {
namespace {

constexpr double least_word = 0.02;    // seconds
constexpr double usual_longest = 1.2;  // of the last word, whose end nothing tells

using Name = std::pair<std::string_view, std::string_view>;
constexpr auto names = std::to_array<Name>(
    {{"en", "english"},        {"zh", "chinese"},     {"de", "german"},        {"es", "spanish"},
     {"ru", "russian"},        {"ko", "korean"},      {"fr", "french"},        {"ja", "japanese"},
     {"pt", "portuguese"},     {"tr", "turkish"},     {"pl", "polish"},        {"ca", "catalan"},
     {"nl", "dutch"},          {"ar", "arabic"},      {"sv", "swedish"},       {"it", "italian"},
     {"id", "indonesian"},     {"hi", "hindi"},       {"fi", "finnish"},       {"vi", "vietnamese"},
     {"he", "hebrew"},         {"uk", "ukrainian"},   {"el", "greek"},         {"ms", "malay"},
     {"cs", "czech"},          {"ro", "romanian"},    {"da", "danish"},        {"hu", "hungarian"},
     {"ta", "tamil"},          {"no", "norwegian"},   {"th", "thai"},          {"ur", "urdu"},
     {"hr", "croatian"},       {"bg", "bulgarian"},   {"lt", "lithuanian"},    {"la", "latin"},
     {"mi", "maori"},          {"ml", "malayalam"},   {"cy", "welsh"},         {"sk", "slovak"},
     {"te", "telugu"},         {"fa", "persian"},     {"lv", "latvian"},       {"bn", "bengali"},
     {"sr", "serbian"},        {"az", "azerbaijani"}, {"sl", "slovenian"},     {"kn", "kannada"},
     {"et", "estonian"},       {"mk", "macedonian"},  {"br", "breton"},        {"eu", "basque"},
     {"is", "icelandic"},      {"hy", "armenian"},    {"ne", "nepali"},        {"mn", "mongolian"},
     {"bs", "bosnian"},        {"kk", "kazakh"},      {"sq", "albanian"},      {"sw", "swahili"},
     {"gl", "galician"},       {"mr", "marathi"},     {"pa", "punjabi"},       {"si", "sinhala"},
     {"km", "khmer"},          {"sn", "shona"},       {"yo", "yoruba"},        {"so", "somali"},
     {"af", "afrikaans"},      {"oc", "occitan"},     {"ka", "georgian"},      {"be", "belarusian"},
     {"tg", "tajik"},          {"sd", "sindhi"},      {"gu", "gujarati"},      {"am", "amharic"},
     {"yi", "yiddish"},        {"lo", "lao"},         {"uz", "uzbek"},         {"fo", "faroese"},
     {"ht", "haitian creole"}, {"ps", "pashto"},      {"tk", "turkmen"},       {"nn", "nynorsk"},
     {"mt", "maltese"},        {"sa", "sanskrit"},    {"lb", "luxembourgish"}, {"my", "myanmar"},
     {"bo", "tibetan"},        {"tl", "tagalog"},     {"mg", "malagasy"},      {"as", "assamese"},
     {"tt", "tatar"},          {"haw", "hawaiian"},   {"ln", "lingala"},       {"ha", "hausa"},
     {"ba", "bashkir"},        {"jw", "javanese"},    {"su", "sundanese"},     {"yue", "cantonese"}});

/// Writing that puts no spaces between words: each character stands for itself.
bool spaceless(std::string_view character) {
  if (character.size() < 3) return false;
  const auto a = static_cast<unsigned char>(character[0]), b = static_cast<unsigned char>(character[1]);
  if (character.size() == 4) return a == 0xf0 && b >= 0xa0 && b < 0xb0;  // CJK extensions
  const unsigned code =
      (a & 0x0fU) << 12 | (b & 0x3fU) << 6 | (static_cast<unsigned char>(character[2]) & 0x3fU);
  return (code >= 0x3041 && code <= 0x30ff) || (code >= 0x3400 && code <= 0x9fff) ||
         (code >= 0x0e00 && code <= 0x0eff) || (code >= 0x1000 && code <= 0x109f) ||
         (code >= 0x1780 && code <= 0x17ff);
}

bool punctuation(std::string_view character) {
  static constexpr auto marks = std::to_array<std::string_view>(
      {".", ",", "!", "?",  ":",  ";",  "\"", "'",  ")",  "]",  "}",  "-",  "%",
       "…", "”", "’", "。", "，", "！", "？", "：", "；", "、", "」", "』", "）"});
  return std::ranges::find(marks, character) != marks.end();
}

std::size_t length_of(char lead) noexcept {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

struct Character {
  std::string_view text;
  double probability, at;
};

/// Characters with the time of the token in which each begins.
std::vector<Character> characters(const std::string& all, const std::vector<TimedToken>& tokens) {
  std::vector<Character> list;
  std::size_t token = 0, token_end = tokens.empty() ? 0 : tokens[0].bytes.size();
  for (std::size_t at = 0; at < all.size();) {
    while (at >= token_end && token + 1 < tokens.size()) token_end += tokens[++token].bytes.size();
    const std::size_t length = std::min(length_of(all[at]), all.size() - at);
    list.push_back({std::string_view(all).substr(at, length), tokens[token].probability, tokens[token].at});
    at += length;
  }
  return list;
}

bool begins_word(const Character& now, const std::string& word, bool last_spaceless) {
  if (word.empty() || now.text == " ") return true;
  if (punctuation(now.text)) return false;
  return spaceless(now.text) || last_spaceless;
}

void settle(std::vector<SpokenWord>& words, double start, double end) {
  double last = start;
  for (auto& word : words)
    last = word.start = std::clamp(word.start < 0 ? last : word.start, last, std::max(end, last));
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool final = i + 1 == words.size();
    const double next = final ? std::max(end, words[i].start) : words[i + 1].start;
    words[i].end =
        std::max(words[i].start + least_word, final ? std::min(next, words[i].start + usual_longest) : next);
  }
}

}  // namespace

std::vector<SpokenWord> words_of(const std::vector<TimedToken>& tokens, double start, double end) {
  std::string all;
  for (const auto& token : tokens) all += token.bytes;
  all = text::clean_utf8(all).size() == all.size() ? all : text::clean_utf8(all);
  std::vector<SpokenWord> words;
  std::string letters;  // of the word that grows, without spaces
  bool last_spaceless = false;
  std::size_t counted = 0;
  for (const Character& character : characters(all, tokens)) {
    const bool space = character.text == " ";
    const bool only_space = !words.empty() && letters.empty();
    if (words.empty() || (begins_word(character, letters, last_spaceless) && !only_space)) {
      words.push_back({"", character.at, 0, 0});
      letters.clear();
      counted = 0;
    }
    auto& word = words.back();
    word.text += character.text;
    if (space) continue;
    if (letters.empty()) word.start = character.at;
    letters += character.text;
    word.probability += (character.probability - word.probability) / static_cast<double>(++counted);
    last_spaceless = spaceless(character.text);
  }
  std::erase_if(words, [](const SpokenWord& word) { return text::trim(word.text).empty(); });
  settle(words, start, end);
  return words;
}

std::string language_code(std::string_view name) {
  const std::string given = text::lower(text::trim(name));
  const std::string code = given.substr(0, given.find_first_of("-_"));
  for (const auto& [known, title] : names)
    if (known == code || title == given) return std::string(known);
  if (given == "mandarin") return "zh";
  if (given == "castilian") return "es";
  return "";
}

std::string language_name(std::string_view code) {
  for (const auto& [known, title] : names)
    if (known == code) return std::string(title);
  return std::string(code);
}

}  // namespace sensorium::speech
