// What runs now, read from /proc: model processes are known by the variable that only sensorium gives them.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "engine/local/memory.h"
#include "service/models.h"

namespace sensorium::service {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view child_variable = "SENSORIUM_CHILD_KEY=";

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// /proc/PID/stat: the name in parentheses may hold anything, so fields are counted after the last one.
std::vector<std::string_view> fields_after_name(std::string_view stat) {
  const auto end = stat.rfind(')');
  return end == std::string_view::npos ? std::vector<std::string_view>{}
                                       : text::split(text::trim(stat.substr(end + 1)), ' ');
}

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::int64_t age_seconds(std::int64_t start_ticks) {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::max<std::int64_t>(0, now.tv_sec - start_ticks / ::sysconf(_SC_CLK_TCK));
}

std::string model_file(const std::vector<std::string_view>& arguments) {
  for (std::size_t i = 0; i + 1 < arguments.size(); ++i)
    if (arguments[i] == "-m" || arguments[i] == "--model") return std::string(arguments[i + 1]);
  return {};
}

bool is_ours(const fs::path& process) {
  const std::string environment = content(process / "environ");
  const auto names = text::split(environment, '\0');
  return std::ranges::any_of(names, [](std::string_view name) { return name.starts_with(child_variable); });
}

}  // namespace

std::vector<RunningModel> running_models() {
  std::vector<RunningModel> out;
  std::error_code error;
  for (fs::directory_iterator it("/proc", error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; }) || !is_ours(it->path()))
      continue;
    const std::string command = content(it->path() / "cmdline"), stat = content(it->path() / "stat");
    const auto arguments = text::split(command, '\0');
    const auto fields = fields_after_name(stat);  // state, parent, ... the start time is number 20 of these
    constexpr std::size_t parent = 1, start = 19;
    if (fields.size() <= start) continue;
    RunningModel model;
    model.pid = static_cast<int>(number(name));
    model.parent = static_cast<int>(number(fields[parent]));
    model.program = fs::path(arguments.front()).filename().string();
    model.model = model_file(arguments);
    model.resident_bytes = local::resident_bytes(model.pid);
    model.age_s = age_seconds(number(fields[start]));
    out.push_back(std::move(model));
  }
  std::ranges::sort(out, {}, &RunningModel::pid);
  return out;
}

}  // namespace sensorium::service
