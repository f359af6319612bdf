// HTTP heads, chunked bodies and JSON strings, each the least that a bench tool needs.
#include "common/http_text.h"

#include <charconv>

namespace sensorium::bench {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string_view take_line(std::string_view& text) noexcept {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return {};
  auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view take_word(std::string_view& line) noexcept {
  const auto end = std::min(line.find(' '), line.size());
  const auto word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

std::string_view Head::get(std::string_view name) const noexcept {
  std::string_view rest = fields;
  while (!rest.empty()) {
    const auto line = take_line(rest);
    if (line.size() > name.size() && line[name.size()] == ':' &&
        equals_ignoring_case(line.substr(0, name.size()), name))
      return trimmed(line.substr(name.size() + 1));
  }
  return {};
}

std::optional<Head> parse_head(std::string_view text) noexcept {
  Head head;
  auto line = take_line(text);
  head.first = take_word(line);
  head.second = take_word(line);
  head.third = line;
  if (head.first.empty() || head.second.empty()) return std::nullopt;
  const auto begin = text.data();
  for (auto field = take_line(text); !field.empty(); field = take_line(text)) {
    const auto colon = field.find(':');
    if (colon == 0 || colon == std::string_view::npos) return std::nullopt;
    head.fields = {begin, static_cast<std::size_t>(text.data() - begin)};
  }
  return head;
}

std::optional<std::uint64_t> parse_number(std::string_view text, int base, std::uint64_t most) noexcept {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

bool ChunkedReader::take_line(std::string_view& input) noexcept {
  while (!input.empty()) {
    const char c = input.front();
    input.remove_prefix(1);
    if (c == '\n') return true;
    if (line_size_ == longest_line) {
      state_ = State::bad;
      return false;
    }
    line_[line_size_++] = c;
  }
  return false;
}

void ChunkedReader::end_of_line() noexcept {
  const auto line = trimmed({line_, line_size_});
  line_size_ = 0;
  if (state_ == State::data_end) {
    state_ = line.empty() ? State::size : State::bad;
  } else if (state_ == State::trailer) {
    if (line.empty()) state_ = State::done;
  } else {
    constexpr std::uint64_t largest_chunk = 1ULL << 32;
    const auto size = parse_number(trimmed(line.substr(0, line.find(';'))), 16, largest_chunk);
    left_ = size.value_or(0);
    state_ = !size ? State::bad : *size == 0 ? State::trailer : State::data;
  }
}

std::string_view ChunkedReader::next(std::string_view& input) noexcept {
  while (!input.empty() && state_ != State::done && state_ != State::bad) {
    if (state_ != State::data) {
      if (take_line(input)) end_of_line();
      continue;
    }
    const auto piece = input.substr(0, left_);
    input.remove_prefix(piece.size());
    left_ -= piece.size();
    if (left_ == 0) state_ = State::data_end;
    return piece;
  }
  return {};
}

void append_quoted(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte >= 0x20) {
      out += c;
    } else {
      out += "\\u00";
      out += hex[byte >> 4];
      out += hex[byte & 15];
    }
  }
  out += '"';
}

}  // namespace sensorium::bench
