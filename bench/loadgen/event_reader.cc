// No JSON parser here: a chunk costs a search and a copy, so that the tool is never the slow part.
#include "loadgen/event_reader.h"

#include "common/hash.h"
#include "common/http_text.h"

namespace sensorium::bench {
namespace {

constexpr std::uint64_t fnv_start = 0xcbf29ce484222325, fnv_prime = 0x100000001b3;
constexpr int stamp_digits = 19;

std::uint64_t fnv(std::uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * fnv_prime;
  return hash;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

/// Reads \uXXXX, with its other half if it is a surrogate; `at` is behind the 'u' and moves on.
std::uint32_t read_escape(std::string_view json, std::size_t& at) {
  constexpr std::uint64_t most = 0xffff;
  const auto half = [&](std::size_t from) {
    return static_cast<std::uint32_t>(parse_number(json.substr(from, 4), 16, most).value_or(0xfffd));
  };
  const auto first = half(at);
  at += 4;
  if (first < 0xd800 || first > 0xdbff || json.substr(at, 2) != "\\u") return first;
  const auto second = half(at + 2);
  at += 6;
  return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

}  // namespace

bool find_string(std::string_view json, std::string_view name, std::string& out) {
  out.clear();
  std::size_t at = 0;
  for (;;) {
    at = json.find(name, at);
    if (at == std::string_view::npos || at == 0) return false;
    const bool quoted = json[at - 1] == '"' && json.substr(at + name.size()).starts_with("\":");
    at += name.size();
    if (quoted) break;
  }
  at = json.find_first_not_of(' ', at + 2);
  if (at == std::string_view::npos || json[at] != '"') return false;
  for (++at; at < json.size() && json[at] != '"';) {
    const auto plain = std::min(json.find_first_of("\"\\", at), json.size());
    out.append(json, at, plain - at);
    at = plain;
    if (at + 1 >= json.size() || json[at] != '\\') continue;
    const char kind = json[at + 1];
    at += 2;
    if (kind == 'u') append_utf8(out, read_escape(json, at));
    else
      out += kind == 'n'   ? '\n'
             : kind == 't' ? '\t'
             : kind == 'r' ? '\r'
             : kind == 'b' ? '\b'
             : kind == 'f' ? '\f'
                           : kind;
  }
  return true;
}

void EventReader::reset() {
  facts_ = {};
  rest_.clear();
  is_result_ = false;
  text_hash_ = fnv_start;
  digits_ = 0;
  numbered_ = false;
}

void EventReader::feed(std::string_view piece, std::int64_t now_ns) {
  if (text_hash_ == 0) text_hash_ = fnv_start;
  for (auto end = piece.find('\n'); end != std::string_view::npos; end = piece.find('\n')) {
    if (rest_.empty()) {
      line(piece.substr(0, end), now_ns);
    } else {
      rest_.append(piece, 0, end);
      line(rest_, now_ns);
      rest_.clear();
    }
    piece.remove_prefix(end + 1);
  }
  rest_.append(piece);
}

void EventReader::line(std::string_view text, std::int64_t now_ns) {
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (text.empty()) is_result_ = false;
  if (text.starts_with("event:")) {
    const auto name = trimmed(text.substr(6));
    is_result_ = name == "result";
    facts_.failed |= name == "error";
  }
  if (text.starts_with("data:")) data(trimmed(text.substr(5)), now_ns);
}

void EventReader::data(std::string_view text, std::int64_t now_ns) {
  if (text == "[DONE]") {
    end_of_number(now_ns);
    facts_.done = true;
  } else if (is_result_) {
    end_of_number(now_ns);
    facts_.result_differs = !find_string(text, "result", decoded_) || fnv(fnv_start, decoded_) != text_hash_;
  } else if (text.starts_with("{\"error\"")) {
    facts_.failed = true;
  } else if (find_string(text, "content", decoded_) && !decoded_.empty()) {
    ++facts_.chunks;
    if (facts_.first_text_ns == 0) facts_.first_text_ns = now_ns;
    text_hash_ = fnv(text_hash_, decoded_);
    scan(decoded_, now_ns);
  }
}

void EventReader::scan(std::string_view text, std::int64_t now_ns) {
  for (const char c : text) {
    if (c >= '0' && c <= '9' && digits_ < stamp_digits) {
      number_ = (digits_ == 0 ? 0 : number_ * 10) + (c - '0');
      ++digits_;
      continue;
    }
    end_of_number(now_ns);
    numbered_ = c == '#';
  }
}

void EventReader::end_of_number(std::int64_t now_ns) {
  if (digits_ > 0 && numbered_) {
    if (number_ == facts_.next_number) ++facts_.next_number;
    else facts_.in_order = false;
  } else if (digits_ == stamp_digits) {
    facts_.lags.push_back(now_ns - number_);
  }
  digits_ = 0;
  numbered_ = false;
}

}  // namespace sensorium::bench
