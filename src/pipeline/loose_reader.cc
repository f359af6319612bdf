// Recursive descent over text that is almost JSON. Where a quote ends is the one hard question: it is
// answered by what follows, since models forget to escape quotes inside quotes.
#include "pipeline/loose_reader.h"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/text.h"

namespace sensorium::pipeline {
namespace {

constexpr int deepest = 64;
constexpr std::string_view blanks = " \t\r\n\f\v";

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_word(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         c == '-' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

struct Quotes {
  std::string_view open, close;
};
constexpr std::array quotes{Quotes{R"(""")", R"(""")"}, Quotes{"'''", "'''"}, Quotes{"\"", "\""},
                            Quotes{"'", "'"},           Quotes{"“", "”"},     Quotes{"‘", "’"},
                            Quotes{"`", "`"},           Quotes{"「", "」"}};

void append_utf8(std::string& out, unsigned code) {
  const auto byte = [&](unsigned value) { out += static_cast<char>(value); };
  if (code < 0x80) byte(code);
  else if (code < 0x800) byte(0xC0 | code >> 6), byte(0x80 | (code & 0x3F));
  else if (code < 0x10000)
    byte(0xE0 | code >> 12), byte(0x80 | (code >> 6 & 0x3F)), byte(0x80 | (code & 0x3F));
  else
    byte(0xF0 | code >> 18), byte(0x80 | (code >> 12 & 0x3F)), byte(0x80 | (code >> 6 & 0x3F)),
        byte(0x80 | (code & 0x3F));
}

/// A number in JSON's spelling, or "" when `word` is none.
std::string number_of(std::string_view word) {
  std::string digits;
  for (const char c : word)
    if (c != '_') digits += c;
  std::string_view rest = digits;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest.empty() || !(is_digit(rest[0]) || (rest[0] == '.' && rest.size() > 1 && is_digit(rest[1]))))
    return {};
  if (rest.starts_with("0x") || rest.starts_with("0X")) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(rest.data() + 2, rest.data() + rest.size(), value, 16);
    if (error != std::errc() || end != rest.data() + rest.size() || value > INT64_MAX) return {};
    return fmt::format("{}{}", negative ? "-" : "", value);
  }
  while (rest.size() > 1 && rest[0] == '0' && is_digit(rest[1])) rest.remove_prefix(1);
  std::string text = (negative ? "-" : "") + std::string(rest[0] == '.' ? "0" : "") + std::string(rest);
  if (text.ends_with('.')) text += '0';
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  if (const auto at = text.find(".e"); at != std::string::npos) text.insert(at + 1, "0");
  return text;
}

/// The JSON of a bare word: a literal in JSON, Python or JavaScript, a number, else a text.
std::string bare(std::string_view word) {
  struct Word {
    std::string_view name, json;
  };
  for (const Word& w : {Word{"true", "true"}, Word{"false", "false"}, Word{"null", "null"},
                        Word{"none", "null"}, Word{"nan", "null"}, Word{"undefined", "null"},
                        Word{"nil", "null"}, Word{"infinity", "null"}, Word{"-infinity", "null"}})
    if (text::equal_ignoring_case(word, w.name)) return std::string(w.json);
  auto number = number_of(word);
  return number.empty() ? text::json_quote(word) : number;
}

enum class Where : std::uint8_t { key, member, element };

class LooseReader {
 public:
  explicit LooseReader(std::string_view text) : text_(text) {}

  LooseValue read() {
    container(0);
    return {std::move(out_), at_, exact_ && !closed_, closed_};
  }

 private:
  bool end() const noexcept { return at_ >= text_.size(); }
  char here() const noexcept { return end() ? '\0' : text_[at_]; }
  std::string_view rest() const noexcept { return text_.substr(at_); }
  bool sees(std::string_view word) const noexcept { return rest().starts_with(word); }
  void mended() noexcept { exact_ = false; }

  /// Blanks and comments.
  void skip() {
    for (;;) {
      at_ = std::min(text_.find_first_not_of(blanks, at_), text_.size());
      std::size_t past = std::string_view::npos;
      if (sees("//") || sees("#")) past = text_.find('\n', at_);
      else if (sees("/*")) past = after("*/", 2);
      else if (sees("<!--")) past = after("-->", 3);
      else if (sees("\xC2\xA0")) past = at_ + 2;
      else return;
      mended();
      at_ = std::min(past, text_.size());
    }
  }
  std::size_t after(std::string_view word, std::size_t length) const {
    const auto found = text_.find(word, at_);
    return found == std::string_view::npos ? found : found + length;
  }

  void container(int depth) {
    const char open = here();
    const bool object = open == '{';
    const char close = object ? '}' : open == '[' ? ']' : ')';
    const int outer_tuples = tuples_;
    if (open == '(') mended(), ++tuples_;
    ++at_;
    if (depth >= deepest) return too_deep(close);
    out_ += object ? '{' : '[';
    bool first = true;
    for (;;) {
      skip();
      if (here() == ',' || here() == ';') {
        commas(first, close);
        continue;
      }
      if (end()) {
        closed_ = true;
        break;
      }
      if (here() == '}' || here() == ']' || (here() == ')' && close == ')')) {
        // Another's bracket ends this one too, and is left to its owner where there is one.
        if (here() == close) ++at_;
        else if (mended(); depth == 0) ++at_;
        break;
      }
      if (sees("...") || sees("…")) {
        mended();
        at_ += 3;
        continue;
      }
      const std::size_t mark = out_.size();
      if (!first) out_ += ',';
      const std::size_t before = at_;
      if (!(object ? member(depth) : value(Where::element, depth))) out_.resize(mark);
      else first = false;
      if (at_ == before) ++at_, mended();
      separated(close);
    }
    out_ += object ? '}' : ']';
    tuples_ = outer_tuples;
  }

  void commas(bool first, char close) {
    ++at_;
    const std::size_t before = at_;
    skip();
    if (first || here() == close || here() == ',' || end()) mended();
    (void)before;
  }

  /// Strict JSON has a comma or the end here.
  void separated(char close) {
    const std::size_t before = at_;
    skip();
    if (here() != ',' && here() != close) mended();
    (void)before;
  }

  void too_deep(char close) {
    mended();
    int level = 1;
    for (; !end() && level > 0; ++at_)
      level += here() == '[' || here() == '{' ? 1 : here() == ']' || here() == '}' ? -1 : 0;
    (void)close;
    out_ += "null";
  }

  /// False when it has no value, or the text ended before one: it is left out.
  bool member(int depth) {
    if (!quoted(Where::key)) {
      mended();
      const std::size_t begin = at_;
      while (!end() && (is_word(here()) || here() == ' ')) ++at_;
      if (at_ == begin) return false;
      out_ += text::json_quote(text::trim(text_.substr(begin, at_ - begin)));
    } else if (closed_) {
      return false;
    }
    skip();
    if (sees("=>")) mended(), at_ += 2;
    else if (here() == ':') ++at_;
    else if (here() == '=') mended(), ++at_;
    else return false;
    out_ += ':';
    skip();
    if (here() == ',' || here() == '}') return mended(), out_ += "null", true;
    return value(Where::member, depth);
  }

  bool value(Where where, int depth) {
    if (end()) return closed_ = true, false;
    if (here() == '{' || here() == '[' || here() == '(') {
      const std::size_t before = out_.size();
      container(depth + 1);
      return out_.size() > before;
    }
    if (quoted(where)) return true;
    return word();
  }

  /// A literal, a number or a text without quotes, up to the next comma, bracket or line end.
  bool word() {
    const std::size_t begin = at_;
    const std::string_view stops = tuples_ > 0 ? ",}]\n;)" : ",}]\n;";
    while (!end() && stops.find(here()) == std::string_view::npos && !sees("//") && !sees("/*")) ++at_;
    const auto found = text::trim(text_.substr(begin, at_ - begin));
    if (found.empty()) return false;
    std::string json = bare(found);
    // Digits may be missing where the text ends right behind them; of a literal none can be.
    const bool open_end = end() && blanks.find(text_.back()) == std::string_view::npos;
    if (open_end && json != "true" && json != "false" && json != "null") return closed_ = true, false;
    if (json != found) mended();
    out_ += json;
    return true;
  }

  bool quoted(Where where) {
    for (const Quotes& marks : quotes) {
      if (!sees(marks.open)) continue;
      if (marks.open != "\"") mended();
      at_ += marks.open.size();
      text_in(marks, where);
      return true;
    }
    return false;
  }

  void text_in(const Quotes& marks, Where where) {
    std::string content;
    for (;;) {
      if (end()) {
        closed_ = true;
        break;
      }
      if (sees(marks.close)) {
        if (marks.close.size() > 1 || ends_here(at_ + 1, where)) {
          at_ += marks.close.size();
          break;
        }
        mended();
        content += here();
        ++at_;
      } else if (here() == '\\') {
        escape(content);
      } else {
        if (static_cast<unsigned char>(here()) < 0x20) mended();
        content += here();
        ++at_;
      }
    }
    // "a" + "b"
    skip();
    out_ += text::json_quote(content);
  }

  /// Whether a quote in front of `at` ends its text.
  bool ends_here(std::size_t at, Where where) const {
    const std::size_t from = at;
    at = std::min(text_.find_first_not_of(blanks, at), text_.size());
    if (at == text_.size()) return true;
    const char c = text_[at];
    const auto tail = text_.substr(at);
    if (tail.starts_with("//") || tail.starts_with("/*") || tail.starts_with('#') || tail.starts_with("```"))
      return true;
    if (where == Where::key) return c == ':' || c == '=';
    if (c == '}' || c == ']' || c == ')') return true;
    // A new member on the next line, its comma forgotten.
    if (c == '"' && where == Where::member) return looks_like_key(at);
    if (c == '"') return text_.substr(from, at - from).contains('\n');
    if (c != ',' && c != ';') return false;
    const auto next = std::min(text_.find_first_not_of(blanks, at + 1), text_.size());
    if (next == text_.size()) return true;
    const char n = text_[next];
    if (where == Where::member)
      return n == '}' || n == ',' || n == '/' || n == '#' || n == '.' || looks_like_key(next);
    return n == '"' || n == '\'' || n == '{' || n == '[' || n == ']' || n == '/' || is_digit(n) || n == '-' ||
           n == '.' || text_.substr(next).starts_with("true") || text_.substr(next).starts_with("false") ||
           text_.substr(next).starts_with("null") || text_.substr(next).starts_with("None") ||
           text_.substr(next).starts_with("“");
  }

  /// `key":` or `key:` or the end of the text in the middle of one.
  bool looks_like_key(std::size_t at) const {
    constexpr std::size_t longest = 80;
    const char open = text_[at];
    const bool marked = open == '"' || open == '\'' || open == '`';
    if (text_.substr(at).starts_with("“")) return true;
    std::size_t i = marked ? at + 1 : at;
    const std::size_t limit = std::min(text_.size(), i + longest);
    for (; i < limit; ++i) {
      if (marked ? text_[i] == open : !is_word(text_[i])) break;
      if (text_[i] == '\n') return false;
    }
    if (i >= text_.size()) return true;
    if (i == limit) return false;
    if (marked) ++i;
    i = std::min(text_.find_first_not_of(" \t", i), text_.size());
    return i >= text_.size() || text_[i] == ':' || text_[i] == '=';
  }

  void escape(std::string& content) {
    ++at_;
    if (end()) return;
    const char c = text_[at_++];
    static constexpr std::string_view from = "\"\\/bfnrt", to = "\"\\/\b\f\n\r\t";
    if (const auto known = from.find(c); known != std::string_view::npos) content += to[known];
    else if (c == 'u') content += unicode();
    else if (c == '\n') mended();
    else if (mended(); c == 'x') append_utf8(content, hex(2).value_or('x'));
    else if (std::string_view("'_*#[](){}`~!>-+.&$%| ").find(c) != std::string_view::npos) content += c;
    else content += '\\', content += c;
  }

  std::optional<unsigned> hex(std::size_t digits) {
    unsigned value = 0;
    const auto word = rest().substr(0, digits);
    const auto [last, error] = std::from_chars(word.data(), word.data() + word.size(), value, 16);
    if (error != std::errc() || last != word.data() + digits) return std::nullopt;
    at_ += digits;
    return value;
  }

  std::string unicode() {
    std::string out;
    const auto high = hex(4);
    if (!high) return mended(), "u";
    unsigned code = *high;
    if (code >= 0xD800 && code < 0xDC00 && sees("\\u")) {
      at_ += 2;
      const auto low = hex(4);
      if (low && *low >= 0xDC00 && *low < 0xE000) code = 0x10000 + ((code - 0xD800) << 10) + (*low - 0xDC00);
    }
    if (code >= 0xD800 && code < 0xE000) mended(), code = 0xFFFD;
    append_utf8(out, code);
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string out_;
  bool exact_ = true, closed_ = false;
  int tuples_ = 0;  ///< open parentheses
};

}  // namespace

std::string loose_scalar(std::string_view text) {
  text = text::trim(text);
  for (const Quotes& marks : quotes)
    if (text.size() > marks.open.size() + marks.close.size() && text.starts_with(marks.open) &&
        text.ends_with(marks.close))
      return text::json_quote(
          text.substr(marks.open.size(), text.size() - marks.open.size() - marks.close.size()));
  return bare(text);
}

LooseValue read_loose(std::string_view text) { return LooseReader(text).read(); }

}  // namespace sensorium::pipeline
