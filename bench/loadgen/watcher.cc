// Children come from /proc/PID/task/TID/children: no walk over all processes, which would disturb what is
// measured on a small machine.
#include "loadgen/watcher.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace sensorium::bench {
namespace {

namespace fs = std::filesystem;

std::string proc(int pid, const char* name) { return "/proc/" + std::to_string(pid) + "/" + name; }

long rss_kib(int pid) {
  std::ifstream file(proc(pid, "statm"));
  long total = 0, resident = 0;
  file >> total >> resident;
  return resident * (::sysconf(_SC_PAGESIZE) / 1024);
}

long pss_kib(int pid) {
  std::ifstream file(proc(pid, "smaps_rollup"));
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("Pss:")) return std::atol(line.c_str() + 4);
  return 0;
}

double cpu_seconds(int pid) {
  std::ifstream file(proc(pid, "stat"));
  std::string line;
  std::getline(file, line);
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(line.substr(name_end + 1));
  std::string skipped;
  constexpr int before_utime = 11;
  for (int i = 0; i < before_utime; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

void raise(std::atomic<long>& peak, long value) {
  if (value > peak) peak = value;
}

}  // namespace

std::vector<int> Watcher::tree() const {
  std::vector<int> found{root_};
  for (std::size_t i = 0; i < found.size(); ++i) {
    std::error_code ignored;
    for (const auto& task : fs::directory_iterator(proc(found[i], "task"), ignored)) {
      std::ifstream children(task.path() / "children");
      for (int child = 0; children >> child;) found.push_back(child);
    }
  }
  return found;
}

void Watcher::sample(bool with_pss) {
  long rss = 0, pss = 0;
  for (const int pid : tree()) {
    rss += rss_kib(pid);
    if (with_pss) pss += pss_kib(pid);
  }
  raise(rss_peak_, rss);
  raise(pss_peak_, pss);
}

Watcher::Watcher(int root) : root_(root) {
  if (root_ == 0) return;
  sample(true);
  facts_.known = true;
  facts_.rss_start_kib = rss_peak_;
  facts_.pss_start_kib = pss_peak_;
  mark();
  thread_ = std::thread([this] {
    constexpr std::chrono::milliseconds step{20};
    constexpr int steps_of_pss = 50;
    for (int i = 1; !stop_; ++i) {
      std::this_thread::sleep_for(step);
      sample(i % steps_of_pss == 0);
    }
  });
}

Watcher::~Watcher() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void Watcher::mark() {
  cpu_at_mark_ = 0;
  if (root_ == 0) return;
  for (const int pid : tree()) cpu_at_mark_ += cpu_seconds(pid);
}

ProcessFacts Watcher::finish() {
  if (root_ == 0) return facts_;
  sample(true);
  facts_.cpu_s = -cpu_at_mark_;
  const auto pids = tree();
  for (const int pid : pids) facts_.cpu_s += cpu_seconds(pid);
  facts_.processes = static_cast<int>(pids.size());
  facts_.rss_peak_kib = rss_peak_;
  facts_.pss_peak_kib = pss_peak_;
  return facts_;
}

}  // namespace sensorium::bench
