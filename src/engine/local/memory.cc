// Reads /proc and the cgroup's files; none of them is worth failing for.
#include "engine/local/memory.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include "base/text.h"

namespace sensorium::local {
namespace {

constexpr std::int64_t unknown = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kibibyte = 1024;

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

std::int64_t leading_number(std::string_view text) {
  text = text::trim(text);
  std::int64_t number = -1;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

std::int64_t free_memory(std::string_view meminfo, std::string_view cgroup_max,
                         std::string_view cgroup_current) {
  constexpr std::string_view field = "MemAvailable:";
  std::int64_t available = unknown;
  if (const auto at = meminfo.find(field); at != std::string_view::npos)
    if (const auto number = leading_number(meminfo.substr(at + field.size())); number >= 0)
      available = number * kibibyte;
  const auto limit = leading_number(cgroup_max), used = leading_number(cgroup_current);
  if (limit >= 0 && used >= 0) available = std::min(available, std::max<std::int64_t>(0, limit - used));
  return available;
}

std::int64_t free_memory() {
  return free_memory(read_file("/proc/meminfo"), read_file("/sys/fs/cgroup/memory.max"),
                     read_file("/sys/fs/cgroup/memory.current"));
}

std::int64_t resident_bytes(pid_t pid) {
  const auto statm = read_file(fmt::format("/proc/{}/statm", pid));
  const auto space = statm.find(' ');
  if (space == std::string::npos) return 0;
  return std::max<std::int64_t>(0, leading_number(std::string_view(statm).substr(space + 1))) *
         ::sysconf(_SC_PAGESIZE);
}

bool says_out_of_memory(std::string_view output) {
  constexpr std::array phrases{"out of memory",          "outofmemory",        "bad_alloc",
                               "insufficient memory",    "failed to allocate", "unable to allocate",
                               "cannot allocate memory", "outofdevicememory",  "out_of_device_memory"};
  const auto lower = text::lower(output);
  return std::ranges::any_of(phrases, [&](std::string_view phrase) { return lower.contains(phrase); });
}

}  // namespace sensorium::local
