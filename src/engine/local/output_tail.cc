// Cuts at twice the limit, so that each byte is moved at most once on average.
#include "engine/local/output_tail.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace sensorium::local {
namespace {

constexpr std::size_t longest_summary = 600;

}  // namespace

void OutputTail::append(std::string_view bytes) {
  if (bytes.size() > limit_) bytes.remove_prefix(bytes.size() - limit_);
  text_.append(bytes);
  if (text_.size() > 2 * limit_) text_.erase(0, text_.size() - limit_);
}

std::string OutputTail::last_lines(std::size_t count) const {
  std::vector<std::string> lines;
  std::string_view rest = text_;
  while (!rest.empty() && lines.size() < count) {
    const auto end = rest.rfind('\n');
    const auto line = text::trim(end == std::string_view::npos ? rest : rest.substr(end + 1));
    if (!line.empty()) lines.emplace_back(line);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(0, end);
  }
  std::ranges::reverse(lines);
  return text::shorten(text::clean_utf8(text::join(lines, " | ")), longest_summary);
}

}  // namespace sensorium::local
