// The spinner.
#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "base/text.h"

namespace sensorium::cli {
namespace {

constexpr Milliseconds turn_time{100}, appears_after{400};
constexpr std::array wheel{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};

void put(int fd, std::string_view text) {
  [[maybe_unused]] const auto ignored = ::write(fd, text.data(), text.size());
}

}  // namespace

Progress::Progress(const Terminal& terminal, ProgressWhen when) : terminal_(terminal) {
  const bool wanted = when == ProgressWhen::always || (when == ProgressWhen::automatic && terminal.is_tty());
  if (wanted && !terminal.quiet()) thread_ = std::thread([this] { loop(); });
}

Progress::~Progress() {
  if (!thread_.joinable()) return;
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  news_.notify_one();
  thread_.join();
}

void Progress::show(std::string stage) {
  const std::scoped_lock lock(mutex_);
  stage_ = std::move(stage);
  if (!visible_) since_ = SteadyClock::now();
  visible_ = true;
  news_.notify_one();
}

void Progress::hide() {
  const std::scoped_lock lock(mutex_);
  visible_ = false;
  erase();
}

void Progress::loop() {
  std::unique_lock lock(mutex_);
  for (std::size_t turn = 0; !ending_; ++turn) {
    if (visible_ && SteadyClock::now() - since_ >= appears_after) draw(turn);
    if (visible_) news_.wait_for(lock, turn_time, [this] { return ending_; });
    else news_.wait(lock, [this] { return ending_ || visible_; });
  }
  erase();
}

void Progress::draw(std::size_t turn) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(SteadyClock::now() - since_);
  const auto room = static_cast<std::size_t>(std::max(terminal_.columns() - 12, 10));
  put(terminal_.fd(), fmt::format("\r\x1b[K{} {} {}", wheel[turn % wheel.size()], text::shorten(stage_, room),
                                  terminal_.paint(Style::dim, fmt::format("{} s", seconds.count()))));
  drawn_ = true;
}

void Progress::erase() {
  if (drawn_) put(terminal_.fd(), "\r\x1b[K");
  drawn_ = false;
}

}  // namespace sensorium::cli
