// A machine of four places: before anything, inside the thought, in the blank lines behind it, after.
#include "engine/remote/think_filter.h"

namespace sensorium::upstream {
namespace {

constexpr std::string_view opening = "<think>", closing = "</think>", blanks = " \t\r\n";

/// How many characters at the end of `text` may be the beginning of `mark`.
std::size_t begun(std::string_view text, std::string_view mark) noexcept {
  for (std::size_t length = std::min(text.size(), mark.size() - 1); length > 0; --length)
    if (text.ends_with(mark.substr(0, length))) return length;
  return 0;
}

}  // namespace

void ThinkFilter::pass(std::string_view piece, std::string& out) {
  if (at_ == At::answer) {
    out += piece;
    return;
  }
  held_ += piece;
  if (at_ == At::start) {
    const auto word = held_.find_first_not_of(blanks);
    const std::string_view rest =
        word == std::string::npos ? std::string_view() : std::string_view(held_).substr(word);
    if (rest.size() < opening.size() && opening.starts_with(rest)) return;
    if (!rest.starts_with(opening)) {
      at_ = At::answer;
      out += held_;
      held_ = {};
      return;
    }
    held_.erase(0, word + opening.size());
    at_ = At::thought;
  }
  if (at_ == At::thought) {
    const auto end = held_.find(closing);
    if (end == std::string::npos) {
      held_.erase(0, held_.size() - begun(held_, closing));
      return;
    }
    held_.erase(0, end + closing.size());
    at_ = At::gap;
  }
  const auto word = held_.find_first_not_of(blanks);
  if (word == std::string::npos) {
    held_.clear();
    return;
  }
  out.append(held_, word);
  held_ = {};
  at_ = At::answer;
}

void ThinkFilter::end(std::string& out) {
  if (at_ == At::start) out += held_;
  held_ = {};
  at_ = At::answer;
}

}  // namespace sensorium::upstream
