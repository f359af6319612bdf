// Memory and CPU time of a process and its children, sampled from /proc in a thread of its own.
#pragma once

#include <atomic>
#include <thread>
#include <vector>

namespace sensorium::bench {

struct ProcessFacts {
  bool known = false;
  int processes = 0;
  double cpu_s = 0;  ///< between mark() and finish()
  long rss_start_kib = 0, rss_peak_kib = 0, pss_start_kib = 0, pss_peak_kib = 0;
};

/// `root` 0 watches nothing. Peaks are of samples taken each 20 ms (PSS: each second and at the end).
class Watcher {
 public:
  explicit Watcher(int root);
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  void mark();
  ProcessFacts finish();

 private:
  std::vector<int> tree() const;
  void sample(bool with_pss);
  int root_;
  std::atomic<bool> stop_ = false;
  std::atomic<long> rss_peak_ = 0, pss_peak_ = 0;
  double cpu_at_mark_ = 0;
  ProcessFacts facts_;
  std::thread thread_;
};

}  // namespace sensorium::bench
