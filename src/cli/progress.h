// Progress: one line on a terminal that says what is waited for and since when; nothing elsewhere.
// Surprising: it appears only after a moment, so that quick answers do not flicker.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "base/call_context.h"
#include "cli/terminal.h"

namespace sensorium::cli {

enum class ProgressWhen : unsigned char { automatic, always, never };

/// Draws from a thread of its own. Thread-safe.
class Progress {
 public:
  Progress(const Terminal& terminal, ProgressWhen when);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// What is waited for now: "waiting for openai/gpt-5". Starts the line where it is not shown.
  void show(std::string stage);
  /// Takes the line away until the next show().
  void hide();

 private:
  void loop();
  void draw(std::size_t turn);
  void erase();

  const Terminal& terminal_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::string stage_;
  TimePoint since_{};
  bool visible_ = false, drawn_ = false, ending_ = false;
  std::thread thread_;  // not started where there is nothing to draw
};

}  // namespace sensorium::cli
