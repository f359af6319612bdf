// The log on top of spdlog; the only file that knows it.
#include "base/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <atomic>
#include <memory>

#include "base/text.h"

namespace sensorium::log {
namespace {

constexpr const char* text_pattern = "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
constexpr const char* json_pattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";

spdlog::level::level_enum native(Level level) noexcept {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
    case Level::off:
      break;
  }
  return spdlog::level::off;
}

// The process has one stderr, hence one of these.
struct Sink {
  Sink() : logger("sensorium", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger.set_error_handler([](const std::string&) {});
    use(Level::warning, Format::text);
  }
  void use(Level new_level, Format new_format) {
    format = new_format;
    level = new_level;
    logger.set_level(native(new_level));
    logger.set_formatter(std::make_unique<spdlog::pattern_formatter>(
        new_format == Format::json ? json_pattern : text_pattern, spdlog::pattern_time_type::utc));
  }
  spdlog::logger logger;
  std::atomic<Level> level = Level::warning;
  std::atomic<Format> format = Format::text;
};

Sink& sink() {
  static Sink* const made = new Sink;  // never destroyed: threads may log while the process ends
  return *made;
}

}  // namespace

void configure(Level level, Format format) { sink().use(level, format); }

bool enabled(Level level) noexcept { return level != Level::off && level >= sink().level; }

void write(Level level, std::string_view component, std::string_view message) {
  if (!enabled(level)) return;
  const std::string line =
      sink().format == Format::json
          ? "\"component\":" + text::json_quote(component) + ",\"message\":" + text::json_quote(message)
          : std::string(component) + ": " + text::printable(message);
  sink().logger.log(native(level), line);
}

}  // namespace sensorium::log
