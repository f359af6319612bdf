// Reading and applying choices of pages.
#include "media/page_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/text.h"

namespace sensorium::media {
namespace {

constexpr int highest = 1'000'000;
constexpr std::size_t most_ranges = 64;

Error unreadable(std::string_view text) {
  return Error(Code::invalid_request,
               fmt::format("\"{}\" does not name pages", text::printable(text::shorten(text, 60))),
               "Write pages like 1-3,7 or 5-, counted from 1");
}

/// A number from 1; 0 when it is none.
int number(std::string_view text) noexcept {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= 1 && value <= highest ? value
                                                                                                    : 0;
}

Result<PageChoice::Range> range(std::string_view part, std::string_view whole) {
  part = text::trim(part);
  const auto dash = part.find('-');
  const int first = number(part.substr(0, dash));
  if (first == 0) return unreadable(whole);
  if (dash == std::string_view::npos) return PageChoice::Range{first, first};
  if (dash + 1 == part.size()) return PageChoice::Range{first, 0};
  const int last = number(part.substr(dash + 1));
  if (last < first) return unreadable(whole);
  return PageChoice::Range{first, last};
}

Error beyond(int page, int total) {
  return Error(Code::invalid_request,
               fmt::format("Page or frame {} was asked for, and there {} {}", page, total == 1 ? "is" : "are",
                           total == 1 ? "only one" : std::to_string(total)),
               fmt::format("Choose from 1 to {}", total));
}

Result<std::set<int>> of_ranges(const PageChoice& choice, int total, int most) {
  std::set<int> pages;
  for (const auto& [first, last] : choice.ranges) {
    if (first > total || last > total) return beyond(std::max(first, last), total);
    const int end = last == 0 ? total : last;
    if (end - first >= most) return pages.insert(-1), pages;
    for (int page = first; page <= end; ++page) pages.insert(page - 1);
  }
  return pages;
}

}  // namespace

std::string PageChoice::text() const {
  if (spread > 0) return fmt::format("spread:{}", spread);
  if (at_most > 0) return fmt::format("first:{}", at_most);
  std::string out;
  for (const auto& [first, last] : ranges) {
    if (!out.empty()) out += ',';
    out += last == first ? std::to_string(first)
                         : fmt::format("{}-{}", first, last == 0 ? "" : std::to_string(last));
  }
  return out;
}

Result<PageChoice> parse_pages(std::string_view text, LoneNumber lone) {
  PageChoice choice;
  if (const int count = number(text::trim(text)); count > 0 && lone == LoneNumber::count) {
    choice.spread = count;
    return choice;
  }
  const auto parts = text::split(text, ',');
  if (parts.size() > most_ranges) return unreadable(text);
  for (const std::string_view part : parts) choice.ranges.push_back(SN_TRY(range(part, text)));
  return choice;
}

Result<PageChoice> parse_choice(std::string_view text) {
  PageChoice choice;
  constexpr std::string_view spread = "spread:", first = "first:";
  if (text.starts_with(spread)) choice.spread = number(text.substr(spread.size()));
  else if (text.starts_with(first)) choice.at_most = number(text.substr(first.size()));
  else return parse_pages(text, LoneNumber::page);
  if (choice.empty()) return unreadable(text);
  return choice;
}

Result<std::vector<int>> chosen(const PageChoice& choice, int total, int most) {
  std::set<int> pages;
  if (choice.spread > 0) {
    const int count = std::min(choice.spread, total);
    if (count > most) pages.insert(-1);
    else
      for (int i = 0; i < count; ++i)
        pages.insert(count == 1 ? 0 : static_cast<int>(std::int64_t{i} * (total - 1) / (count - 1)));
  } else if (choice.at_most > 0) {
    for (int i = 0; i < std::min({choice.at_most, total, most}); ++i) pages.insert(i);
  } else {
    pages = SN_TRY(of_ranges(choice, total, most));
  }
  if (static_cast<int>(pages.size()) > most || pages.contains(-1))
    return Error(Code::too_large, fmt::format("More than {} pages or frames in one question", most),
                 "Choose fewer with --pages or --frames");
  return std::vector<int>(pages.begin(), pages.end());
}

}  // namespace sensorium::media
