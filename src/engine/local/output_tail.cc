// Cuts at twice the limit, so that each byte is moved at most once on average.
#include "engine/local/output_tail.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"

namespace sensorium::local {
namespace {

constexpr std::size_t longest_summary = 600;

bool complains(std::string_view line) {
  constexpr std::array words{"error",  "fail",    "fatal", "cannot",   "invalid",
                             "memory", "unknown", "abort", "terminate"};
  const auto lower = text::lower(line);
  return std::ranges::any_of(words, [&](std::string_view word) { return lower.contains(word); });
}

std::string summary(const std::vector<std::string>& lines) {
  return text::shorten(text::clean_utf8(text::join(lines, " | ")), longest_summary);
}

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
  return summary(lines);
}

std::string OutputTail::complaints() const {
  constexpr std::size_t first = 2;
  std::vector<std::string> lines;
  for (const auto line : text::split(text_, '\n')) {
    if (!complains(line)) continue;
    if (lines.size() > first) lines.pop_back();
    lines.emplace_back(text::trim(line));
  }
  return summary(lines);
}

}  // namespace sensorium::local
