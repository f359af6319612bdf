// Runs of ordinary characters are appended whole; only quotes, backslashes and controls are escaped.
#include "engine/remote/json_text.h"

#include "base/text.h"

namespace sensorium::upstream {
namespace {

void append_escape(std::string& out, char c) {
  static constexpr std::string_view digits = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default: {
      const auto byte = static_cast<unsigned char>(c);
      out += {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
    }
  }
}

void append_valid(std::string& out, std::string_view text) {
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, start, i - start);
    append_escape(out, c);
    start = i + 1;
  }
  out.append(text, start);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  if (text::valid_utf8(text)) append_valid(out, text);
  else append_valid(out, text::clean_utf8(text));
  out += '"';
}

}  // namespace sensorium::upstream
