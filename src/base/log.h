// The log: one line per event on stderr, text or JSON. Library code logs rarely and never prints.
// Surprising: callers format; secrets and prompt text must never be passed in.
#pragma once

#include <string_view>

namespace sensorium::log {

enum class Level { debug, info, warning, error, off };
enum class Format { text, json };

/// Before any thread starts. Default: warnings and errors as text.
void configure(Level level, Format format);
bool enabled(Level level) noexcept;

/// Thread-safe. `component` is a folder name: "net", "engine.local".
void write(Level level, std::string_view component, std::string_view message);
inline void debug(std::string_view component, std::string_view message) {
  write(Level::debug, component, message);
}
inline void info(std::string_view component, std::string_view message) {
  write(Level::info, component, message);
}
inline void warning(std::string_view component, std::string_view message) {
  write(Level::warning, component, message);
}
inline void error(std::string_view component, std::string_view message) {
  write(Level::error, component, message);
}

}  // namespace sensorium::log
