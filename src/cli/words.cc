// Formatting for people.
#include "cli/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sensorium::cli {
namespace {

// East Asian wide blocks, coarsely (UAX #11): enough to align columns.
bool is_wide(char32_t c) {
  return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
         (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
         (c >= 0x1f300 && c <= 0x1f9ff) || (c >= 0x20000 && c <= 0x3fffd);
}

bool needs_no_quotes(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_-./:@%+,=").find(c) != std::string_view::npos ||
         static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number < 0 ? -number : number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return number < 0 ? "-" + digits : digits;
}

std::string money(std::optional<double> usd) {
  if (!usd) return "price unknown";
  if (*usd == 0) return "free";
  if (*usd >= 1) return fmt::format("${:.2f}", *usd);
  // Two digits that mean something, however small.
  const int decimals = std::clamp(1 - static_cast<int>(std::floor(std::log10(*usd))), 2, 9);
  return fmt::format("${:.{}f}", *usd, decimals);
}

std::string duration_words(Milliseconds time) {
  const auto ms = time.count();
  if (ms < 1000) return fmt::format("{} ms", ms);
  if (ms < 60'000) return fmt::format("{:.1f} s", static_cast<double>(ms) / 1000);
  return fmt::format("{} min {} s", ms / 60'000, ms / 1000 % 60);
}

Milliseconds since(TimePoint begin) {
  return std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - begin);
}

std::string shell_quoted(std::string_view word) {
  if (!word.empty() && std::ranges::all_of(word, needs_no_quotes)) return std::string(word);
  std::string out = "'";
  for (const char c : word) c == '\'' ? out += "'\\''" : out += c;
  return out + "'";
}

std::size_t display_width(std::string_view text) noexcept {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char32_t c = length == 1 ? lead : lead & (0x7fU >> length);
    for (std::size_t k = 1; k < length && i + k < text.size(); ++k)
      c = (c << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3fU);
    width += is_wide(c) ? 2 : 1;
    i += length;
  }
  return width;
}

std::string closing_words(const service::Answer& answer, Milliseconds elapsed) {
  std::vector<std::string> parts{answer.model};
  const auto& usage = answer.usage;
  if (const std::int64_t tokens = usage.input_tokens + usage.output_tokens; tokens > 0)
    parts.push_back(fmt::format("{}{} tokens ({} in, {} out)", usage.from_provider ? "" : "about ",
                                grouped(tokens), grouped(usage.input_tokens), grouped(usage.output_tokens)));
  parts.push_back(money(answer.cost_usd));
  parts.push_back(duration_words(elapsed));
  return fmt::format("{}", fmt::join(parts, " · "));
}

std::string Table::text(std::string_view indent) const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  std::string out;
  for (const auto& row : rows_) {
    std::string line(indent);
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - display_width(row[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

}  // namespace sensorium::cli
