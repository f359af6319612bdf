// Eight fields, then text with {overrides} and \N for line ends.
#include "media/ass_text.h"

#include "base/text.h"

namespace sensorium::media {

std::string plain_text_of_ass(std::string_view line) {
  constexpr int fields = 8;
  for (int i = 0; i < fields; ++i) {
    const auto comma = line.find(',');
    if (comma == std::string_view::npos) break;
    line.remove_prefix(comma + 1);
  }
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '{') {
      const auto end = line.find('}', i);
      if (end == std::string_view::npos) break;
      i = end;
    } else if (line[i] == '\\' && i + 1 < line.size() && (line[i + 1] == 'N' || line[i + 1] == 'n')) {
      out += '\n';
      ++i;
    } else if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == 'h') {
      out += ' ';
      ++i;
    } else if (line[i] != '\r') {
      out += line[i];
    }
  }
  return text::clean_utf8(text::trim(out));
}

}  // namespace sensorium::media
