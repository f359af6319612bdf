// Numbers and tables as a person reads them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "service/question.h"

namespace sensorium::cli {

/// 1234567 -> "1,234,567"
std::string grouped(std::int64_t number);
/// USD: "free", "$0.0012", "$12.50", "price unknown" for nothing.
std::string money(std::optional<double> usd);
/// "340 ms", "2.3 s", "4 min 10 s"
std::string duration_words(Milliseconds time);
/// How long ago `begin` was.
Milliseconds since(TimePoint begin);
/// As a shell reads it as one word: as it is where possible, else in single quotes.
std::string shell_quoted(std::string_view word);
/// Terminal columns that a UTF-8 text takes (wide CJK characters take two).
std::size_t display_width(std::string_view text) noexcept;

/// "openai/gpt-5 · 1,234 tokens (1,200 in, 34 out) · $0.0012 · 2.3 s"
std::string closing_words(const service::Answer& answer, Milliseconds elapsed);

/// Rows with their columns aligned, two spaces between; the last column is not padded.
class Table {
 public:
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const noexcept { return rows_.empty(); }
  /// Each line begins with `indent`.
  std::string text(std::string_view indent = {}) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace sensorium::cli
