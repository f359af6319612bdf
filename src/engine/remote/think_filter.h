// ThinkFilter: keeps inline `<think>...</think>` at the beginning of an answer out of it, also when
// the marks arrive cut in pieces. Servers without a reasoning parser send thoughts that way.
#pragma once

#include <string>
#include <string_view>

namespace sensorium::upstream {

class ThinkFilter {
 public:
  /// Appends to `out` what of `piece` belongs to the answer.
  void pass(std::string_view piece, std::string& out);
  /// No more comes: what was held back because it might have become a mark is text after all.
  void end(std::string& out);

 private:
  enum class At : std::uint8_t { start, thought, gap, answer } at_ = At::start;
  std::string held_;  ///< of a mark that is not decided yet
};

}  // namespace sensorium::upstream
