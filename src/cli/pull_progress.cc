// Progress of downloads.
#include "cli/pull_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "cli/words.h"

namespace sensorium::cli {
namespace {

constexpr Milliseconds redraw{200};
constexpr int tenths = 10;

std::string size(std::int64_t bytes) {
  return text::human_bytes(static_cast<std::uint64_t>(std::max<std::int64_t>(bytes, 0)));
}

}  // namespace

std::string pull_words(const service::PullState& state, std::int64_t bytes_per_second) {
  std::string out = fmt::format("{}  {}", text::printable(state.file), size(state.done));
  if (state.total > 0) out += fmt::format(" of {}  {} %", size(state.total), state.done * 100 / state.total);
  if (bytes_per_second <= 0) return out;
  out += fmt::format("  {}/s", size(bytes_per_second));
  if (state.total > state.done)
    out += fmt::format(
        "  {} left", duration_words(std::chrono::seconds((state.total - state.done) / bytes_per_second + 1)));
  return out;
}

std::string PullProgress::words(const service::PullState& state) const {
  const auto ms = std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - begin_).count();
  constexpr std::int64_t too_early = 500;  // ms; a speed of nothing yet would only jump about
  return pull_words(state, ms < too_early ? 0 : (state.done - begin_bytes_) * 1000 / ms);
}

void PullProgress::show(const service::PullState& state) {
  const TimePoint now = SteadyClock::now();
  if (file_ != state.file) {
    finish();
    file_ = state.file;
    begin_ = now;
    begin_bytes_ = state.done;
    last_tenth_ = -1;
  }
  const bool done = state.total > 0 && state.done >= state.total;
  if (terminal_.quiet()) return;
  if (!terminal_.is_tty()) {
    const int tenth = state.total > 0 ? static_cast<int>(state.done * tenths / state.total) : 0;
    if (tenth == last_tenth_) return;
    last_tenth_ = tenth;
    return terminal_.note(words(state));
  }
  if (now - last_ < redraw && !done) return;
  last_ = now;
  open_ = true;
  const std::string line =
      "\r\x1b[K" +
      text::shorten(words(state), static_cast<std::size_t>(std::max(terminal_.columns() - 1, 20)));
  [[maybe_unused]] const auto ignored = ::write(terminal_.fd(), line.data(), line.size());
}

void PullProgress::finish() {
  if (open_) terminal_.line("");
  open_ = false;
}

}  // namespace sensorium::cli
