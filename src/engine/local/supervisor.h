// Supervisor: the one thread that starts, watches and stops all children.
// Surprising: the thread itself matters: children die when it ends, whatever ends it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/local/child.h"

namespace sensorium::local {

/// Thread-safe. Destruction stops all children, gracefully for up to three seconds.
class Supervisor {
 public:
  struct Options {
    std::string runtime_dir;  ///< "" makes a private temporary one
    std::int64_t max_memory_bytes = 0;
    std::function<std::int64_t()> free_memory;
  };
  explicit Supervisor(Options options);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  /// The child of that name, made at the first call; not started yet.
  /// Errors: misconfigured when there is no usable folder for sockets.
  Result<std::shared_ptr<Child>> child(const ChildSpec& spec);
  std::vector<ChildState> states() const;

 private:
  Status open();
  Result<std::string> socket_folder();
  void loop();
  TimePoint advance_all(TimePoint now);
  void wait_until(TimePoint time);
  void stop_all();
  void wake() noexcept;
  ChildServices::Room make_room(const std::string& name, std::int64_t bytes);
  std::int64_t free_for_children(std::int64_t running_bytes) const;
  std::vector<std::shared_ptr<Child>> children() const;

  const Options options_;
  mutable std::mutex mutex_;  // guards the map, the folder and `closing_`
  std::map<std::string, std::shared_ptr<Child>> children_;
  std::string folder_;
  bool own_folder_ = false;
  bool closing_ = false;
  UniqueFd wakeup_;
  std::thread thread_;
};

}  // namespace sensorium::local
