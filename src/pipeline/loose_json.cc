// Where JSON may stand in a text. The reading itself is loose_reader.cc's.
#include "pipeline/loose_json.h"

#include <algorithm>

#include "base/text.h"
#include "pipeline/loose_reader.h"

namespace sensorium::pipeline {
namespace {

constexpr std::size_t most_candidates = 16, most_starts = 256;
constexpr std::size_t longest_label = 60;

/// Without what a model thought aloud before it answered.
std::string_view without_thoughts(std::string_view text) {
  for (const std::string_view end : {"</think>", "</thinking>"})
    if (const auto at = text.rfind(end); at != std::string_view::npos) text.remove_prefix(at + end.size());
  return text;
}

/// The insides of ``` and ~~~ blocks; the last may lack its end.
std::vector<std::string_view> fenced(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t at = text.find("```"); at != std::string_view::npos;) {
    const auto line = text.find('\n', at);
    const auto brace = text.find_first_of("{[", at);
    // "```json {...}```" on one line has no line end before its content.
    const auto begin =
        brace != std::string_view::npos && (line == std::string_view::npos || brace < line) ? brace : line;
    if (begin == std::string_view::npos) break;
    const auto end = text.find("```", begin);
    out.push_back(text.substr(begin, end == std::string_view::npos ? end : end - begin));
    at = end == std::string_view::npos ? end : text.find("```", end + 3);
  }
  return out;
}

void add(std::vector<JsonCandidate>& out, JsonCandidate candidate) {
  const auto same = [&](const JsonCandidate& other) { return other.json == candidate.json; };
  if (std::ranges::none_of(out, same)) out.push_back(std::move(candidate));
}

/// All objects and lists in `text` that do not lie in each other.
void add_found(std::vector<JsonCandidate>& out, std::string_view text) {
  std::vector<JsonCandidate> found;
  std::size_t starts = 0;
  for (std::size_t at = text.find_first_of("{["); at != std::string_view::npos && starts < most_starts;
       ++starts) {
    auto read = read_loose(text.substr(at));
    const bool empty = read.json.size() <= 2;
    if (!empty || read.used == text.size() - at)
      found.push_back({std::move(read.json), read.exact, read.closed});
    at = text.find_first_of("{[", at + std::max<std::size_t>(read.used, 1));
  }
  std::ranges::sort(found, std::ranges::greater(), [](const auto& one) { return one.json.size(); });
  for (auto& one : found) add(out, std::move(one));
}

/// One level of a string's quotes and escapes taken off.
std::string unescaped(std::string_view text) {
  if (text.starts_with('"')) text.remove_prefix(1);
  text = text::trim(text);
  if (text.ends_with('"')) text.remove_suffix(1);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char next = text[++i];
    if (next == 'n') out += '\n';
    else if (next == 't') out += '\t';
    else if (next == '"' || next == '\\' || next == '/') out += next;
    else out += '\\', out += next;
  }
  return out;
}

std::string_view without_marks(std::string_view line) {
  constexpr std::string_view marks = " \t\r*-#>_`•";
  const auto begin = line.find_first_not_of(marks);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(marks) - begin + 1);
}

/// "**Name**: Anna" lines as an object.
void add_labelled(std::vector<JsonCandidate>& out, std::string_view text) {
  std::string source;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = without_marks(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon > longest_label) continue;
    const auto label = without_marks(line.substr(0, colon)), value = without_marks(line.substr(colon + 1));
    if (label.empty() || value.empty()) continue;
    source += text::json_quote(label) + ":" + loose_scalar(value) + ",";
  }
  if (source.empty()) return;
  source.pop_back();
  add(out, {"{" + source + "}", false, false});
}

}  // namespace

std::vector<JsonCandidate> json_candidates(std::string_view text) {
  text = without_thoughts(text);
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  std::vector<JsonCandidate> out;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.starts_with("\"{") || text.starts_with("\"[") || text.starts_with("{\\\"") ||
      text.starts_with("[{\\\"")) {
    const std::string inner = unescaped(text);  // JSON put into a string
    for (auto& one : json_candidates(inner)) out.push_back({std::move(one.json), false, one.closed});
    if (!out.empty()) return out;
  }
  if (text.starts_with('{') || text.starts_with('[')) {
    auto read = read_loose(text);
    if (text::trim(text.substr(read.used)).empty()) add(out, {std::move(read.json), read.exact, read.closed});
  }
  for (const auto block : fenced(text)) add_found(out, block);
  add_found(out, text);
  if (out.empty()) add_labelled(out, text);
  if (out.size() > most_candidates) out.resize(most_candidates);
  return out;
}

}  // namespace sensorium::pipeline
