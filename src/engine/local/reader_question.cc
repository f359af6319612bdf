// Keyword tables and matching for the reader's questions.
#include "engine/local/reader_question.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/text.h"

namespace sensorium::reader {
namespace {

using Words = std::span<const std::string_view>;

constexpr auto stop_words = std::to_array<std::string_view>(
    {"a",       "about",  "all",  "an",         "and",   "any",       "are",    "as",      "at",
     "be",      "been",   "by",   "can",        "could", "did",       "do",     "does",    "find",
     "for",     "from",   "give", "had",        "has",   "have",      "here",   "how",     "i",
     "image",   "in",     "into", "is",         "it",    "its",       "list",   "many",    "me",
     "much",    "my",     "of",   "on",         "one",   "or",        "out",    "page",    "photo",
     "picture", "please", "say",  "screenshot", "see",   "she",       "show",   "shown",   "some",
     "tell",    "text",   "that", "the",        "their", "them",      "there",  "these",   "they",
     "this",    "those",  "to",   "us",         "was",   "we",        "were",   "what",    "when",
     "where",   "which",  "who",  "whose",      "why",   "will",      "with",   "would",   "write",
     "written", "you",    "your", "document",   "scan",  "mentioned", "called", "printed", "stand",
     "stands",  "line",   "word", "said"});

constexpr auto empty_pairs = std::to_array<std::string_view>(
    {"什么", "图片", "这张", "张图", "照片", "哪些", "哪里", "多少", "请问", "怎么", "是什", "有什", "图中",
     "片中", "片里", "上写", "写了", "了什", "的是", "这个", "是多", "告诉", "诉我", "一下", "中的", "这是"});

bool is_han(char32_t c) noexcept { return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF); }

/// Next code point of `text` at `i`; invalid bytes count as themselves.
char32_t next(std::string_view text, std::size_t& i) noexcept {
  const auto byte = [&](std::size_t k) { return k < text.size() ? static_cast<unsigned char>(text[k]) : 0U; };
  const unsigned first = byte(i);
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
  char32_t c = length == 1 ? first : first & (0x7FU >> length);
  for (std::size_t k = 1; k < length; ++k) c = (c << 6) | (byte(i + k) & 0x3FU);
  i += length;
  return c;
}

std::string stem(std::string word) {
  const auto drop = [&](std::string_view ending, std::size_t least) {
    if (word.size() < least + ending.size() || !word.ends_with(ending)) return false;
    word.resize(word.size() - ending.size());
    return true;
  };
  if (drop("'s", 2)) return word;
  if (drop("ies", 2)) return word + "y";
  if (drop("ing", 4) || drop("ed", 4)) return word;
  if (word.ends_with("ss") || word.ends_with("us")) return word;
  if (drop("es", 4) || drop("s", 3)) return word;
  return word;
}

/// Whole words only, where they are Latin; Han characters need no boundary.
bool any_word(std::string_view text, Words words) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return std::ranges::any_of(words, [&](std::string_view word) {
    for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1))
      if ((at == 0 || !letter(text[at - 1])) &&
          (at + word.size() == text.size() || !letter(text[at + word.size()])))
        return true;
    return false;
  });
}

constexpr auto everything_words = std::to_array<std::string_view>(
    {"read", "transcribe", "ocr", "what does it say", "what does this say", "what is written", "what text",
     "all text", "all the text", "full text", "extract the text", "写了什么", "写的什么", "写着什么",
     "识别文字", "全部文字", "所有文字", "读出", "文字内容"});
constexpr auto description_words =
    std::to_array<std::string_view>({"describe", "what is this", "what's this", "what is in", "what's in",
                                     "summarize", "summarise", "描述", "这是什么", "有什么", "总结", "概括"});
constexpr auto title_words = std::to_array<std::string_view>(
    {"title", "heading", "headline", "header", "标题", "题目", "大标题", "题名"});
constexpr auto money_words = std::to_array<std::string_view>(
    {"total", "amount", "price", "cost", "pay", "paid", "how much", "sum", "fee", "bill", "总计", "合计",
     "总额", "金额", "价格", "多少钱", "价钱", "费用", "总共"});
constexpr auto date_words = std::to_array<std::string_view>(
    {"date", "when", "day", "year", "deadline", "日期", "什么时候", "哪天", "几号", "哪年", "时间"});
constexpr auto contact_words =
    std::to_array<std::string_view>({"phone", "telephone", "call", "email", "e-mail", "mail", "website",
                                     "url", "contact", "电话", "邮箱", "网址", "联系", "手机"});
constexpr auto code_words = std::to_array<std::string_view>(
    {"qr", "barcode", "bar code", "code", "二维码", "条形码", "条码", "扫码"});
constexpr auto count_words = std::to_array<std::string_view>(
    {"how many lines", "how many words", "how many codes", "how many qr", "how many bar", "number of lines",
     "几行", "多少行", "几个条码", "几个二维码", "多少个字"});
constexpr auto size_words =
    std::to_array<std::string_view>({"size", "dimension", "dimensions", "resolution", "pixels", "megapixels",
                                     "how big", "how large", "尺寸", "分辨率", "像素"});
constexpr auto colour_words =
    std::to_array<std::string_view>({"colour", "color", "colours", "colors", "颜色"});
constexpr auto sharp_words = std::to_array<std::string_view>(
    {"sharp", "sharpness", "blurry", "blurred", "in focus", "清晰", "模糊", "清楚"});
constexpr auto taken_words =
    std::to_array<std::string_view>({"taken", "camera", "exif", "shot with", "拍摄", "相机"});
constexpr auto place_words =
    std::to_array<std::string_view>({"gps", "location taken", "拍摄地点", "地理位置"});

bool fuzzy_equal(std::string_view a, std::string_view b) {
  if (a == b) return true;
  if (a.size() < 5 || b.size() < 5) return false;
  // One recognition mistake: a substitution, insertion or deletion.
  if (a.size() == b.size()) {
    std::size_t differing = 0;
    for (std::size_t i = 0; i < a.size(); ++i) differing += a[i] != b[i];
    return differing <= 1;
  }
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > 1) return false;
  std::size_t i = 0;
  while (i < a.size() && a[i] == b[i]) ++i;
  return a.substr(i) == b.substr(i + 1);
}

bool digit(char c) noexcept { return c >= '0' && c <= '9'; }

}  // namespace

std::vector<std::string> terms_of(std::string_view input) {
  std::vector<std::string> terms;
  std::string word;
  std::string_view previous_han;
  const auto end_word = [&] {
    if (!word.empty()) terms.push_back(stem(std::move(word)));
    word.clear();
  };
  for (std::size_t i = 0; i < input.size();) {
    const std::size_t start = i;
    const char32_t c = next(input, i);
    const std::string_view piece = input.substr(start, i - start);
    if (is_han(c)) {
      end_word();
      if (!previous_han.empty()) terms.push_back(std::string(previous_han) + std::string(piece));
      previous_han = piece;
      continue;
    }
    previous_han = {};
    const bool latin =
        (c < 128 && (std::isalnum(static_cast<int>(c)) || c == '\'')) || (c >= 0xC0 && c < 0x250);
    if (latin)
      word += c < 128 ? static_cast<char>(std::tolower(static_cast<int>(c))) : ' ',
          c >= 128 ? (word.pop_back(), word += piece) : word;
    else end_word();
  }
  end_word();
  return terms;
}

ReaderQuestion understand(std::string_view prompt) {
  ReaderQuestion question;
  const std::string low = text::lower(prompt);
  std::size_t han = 0, letters = 0;
  for (std::size_t i = 0; i < prompt.size();) (is_han(next(prompt, i)) ? han : letters)++;
  question.tongue = han * 3 > letters ? Tongue::chinese : Tongue::english;
  Wants& wants = question.wants;
  wants.everything = any_word(low, everything_words);
  wants.description = any_word(low, description_words);
  wants.title = any_word(low, title_words);
  wants.money = any_word(low, money_words);
  wants.date = any_word(low, date_words);
  wants.contact = any_word(low, contact_words);
  wants.code = any_word(low, code_words);
  wants.count = any_word(low, count_words);
  wants.size = any_word(low, size_words);
  wants.colour = any_word(low, colour_words);
  wants.sharpness = any_word(low, sharp_words);
  wants.taken = any_word(low, taken_words);
  wants.place_taken = any_word(low, place_words);
  for (auto& term : terms_of(prompt))
    if (std::ranges::find(stop_words, term) == stop_words.end() &&
        std::ranges::find(empty_pairs, term) == empty_pairs.end() && term.size() > 1)
      question.terms.push_back(std::move(term));
  return question;
}

bool has_money(std::string_view line) noexcept {
  for (std::string_view sign : {"$", "€", "£", "¥", "￥", "元", "USD", "EUR", "CNY", "RMB"})
    if (line.find(sign) != std::string_view::npos && std::ranges::any_of(line, digit)) return true;
  for (std::size_t i = 0; i + 2 < line.size(); ++i)  // 12.50 at the end of a word
    if (digit(line[i]) && line[i + 1] == '.' && digit(line[i + 2]) && i + 3 < line.size() &&
        digit(line[i + 3]) && (i + 4 == line.size() || (!digit(line[i + 4]) && line[i + 4] != '.')))
      return true;
  return false;
}

bool has_date(std::string_view line) noexcept {
  const std::string low = text::lower(line);
  static constexpr auto months = std::to_array<std::string_view>(
      {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"});
  const bool number = std::ranges::any_of(line, digit);
  if (number && line.find("年") != std::string_view::npos) return true;
  if (number && line.find("月") != std::string_view::npos && line.find("日") != std::string_view::npos)
    return true;
  for (std::size_t i = 0; i + 4 < line.size(); ++i)  // 2026-11-24, 24/11/2026, 24.11.26
    if (digit(line[i]) && (line[i + 1] == '-' || line[i + 1] == '/' || line[i + 1] == '.') &&
        digit(line[i + 2])) {
      const std::size_t second = line.find(line[i + 1], i + 2);
      if (second != std::string_view::npos && second - i <= 4 && second + 1 < line.size() &&
          digit(line[second + 1]))
        return true;
    }
  if (!number) return false;
  for (const auto& term : terms_of(low))
    for (auto month : months)
      if (term.starts_with(month) && (term.size() == 3 || term.size() >= 4) && term.size() <= 9) {
        static constexpr auto full =
            std::to_array<std::string_view>({"january", "february", "march", "april", "may", "june", "july",
                                             "august", "september", "october", "november", "december"});
        if (term == month || std::ranges::find(full, term) != full.end()) return true;
      }
  return false;
}

bool has_contact(std::string_view line) noexcept {
  if (line.find('@') != std::string_view::npos && line.find('.') != std::string_view::npos) return true;
  if (line.find("http") != std::string_view::npos || line.find("www.") != std::string_view::npos) return true;
  std::size_t digits = 0;
  for (char c : line) {
    if (digit(c)) ++digits;
    else if (c != ' ' && c != '-' && c != '+' && c != '(' && c != ')') digits = 0;
    if (digits >= 7) return true;
  }
  return false;
}

double relevance(const ReaderQuestion& question, std::string_view line) {
  const auto terms = terms_of(line);
  double score = 0;
  for (const auto& wanted : question.terms) {
    double best = 0;
    for (const auto& term : terms) {
      if (term == wanted) best = 2;
      else if (best < 1 && fuzzy_equal(term, wanted)) best = 1;
    }
    score += best;
  }
  if (question.wants.money && has_money(line)) score += score > 0 ? 1.5 : 0.5;
  if (question.wants.date && has_date(line)) score += 1.5;
  if (question.wants.contact && has_contact(line)) score += 1.5;
  return score;
}

}  // namespace sensorium::reader
