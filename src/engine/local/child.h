// Child: the life of one supervised process: stopped, starting, ready, stopping, failed.
// Surprising: callers only wish and look (want, poll); everything that blocks or forks happens in
// advance(), on the supervisor's thread. The mutex is never held across either.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "engine/local/output_tail.h"
#include "engine/local/process.h"
#include "engine/local/runtime.h"

namespace sensorium::local {

/// What a child gets from its supervisor.
struct ChildServices {
  struct Room {
    enum class Answer : unsigned char { enough, coming, none } answer = Answer::enough;
    std::int64_t free_bytes = 0;
  };
  std::function<Room(const std::string& name, std::int64_t bytes)> make_room;  ///< supervisor's thread
  std::function<void()> wake;  ///< any thread: advance() has something to do
};

class Child : public std::enable_shared_from_this<Child> {
 public:
  Child(ChildSpec spec, std::string socket_path, ChildServices services);

  // Any thread.

  /// Asks for a ready child. Returns the number of failures so far, to be handed to poll().
  /// Errors: upstream_overloaded while backing off for longer than a caller should wait.
  Result<unsigned> want(const ChildSpec& spec);
  /// A lease, the error of a start that failed since `failures`, or nullopt: ask again soon.
  std::optional<Result<Lease>> poll(unsigned failures);
  ChildState state() const;
  /// When the last lease ended, if the child is ready and nobody holds one.
  std::optional<TimePoint> idle_since() const;
  /// Memory the child counts for: its need while it runs, else 0.
  std::int64_t memory_in_use() const;

  // The supervisor's thread only.

  /// Does what is due; returns when to be called again at the latest.
  TimePoint advance(TimePoint now);
  /// The pipe to watch for output, or -1.
  int output_fd() const noexcept { return process_.output.get(); }
  bool running() const noexcept { return process_.pid > 0; }
  /// Asks the process to end unless somebody holds a lease; advance() follows up with SIGKILL.
  void stop(TimePoint now);
  /// The same whoever holds a lease, and no start after it: want() and poll() say `cancelled`.
  void stop_for_good();
  void kill_now() noexcept;

 private:
  enum class State : unsigned char { stopped, starting, ready, stopping, failed };

  std::optional<ChildSpec> due_start(TimePoint now);
  bool has_room(const ChildSpec& spec, TimePoint now);
  void start(const ChildSpec& spec, TimePoint now);
  void read_output();
  void collect(TimePoint now);
  void ended(const Ending& ending, TimePoint now);
  void watch(TimePoint now);
  void give_up(TimePoint now);
  void enter_ready(TimePoint now);
  void fail(Error error, TimePoint now, Milliseconds backoff);
  void stop_if_idle(TimePoint now);
  void enter_stopping(TimePoint now);
  TimePoint next_due(TimePoint now) const;
  Milliseconds next_backoff(TimePoint now);
  Error ended_error(const Ending& ending, State during) const;
  Lease lease();
  void release() noexcept;

  const std::string socket_path_;
  const ChildServices services_;

  mutable std::mutex mutex_;  // guards everything up to the blank line
  ChildSpec spec_;            // the newest wish; `running_spec_` is what runs
  State state_ = State::stopped;
  bool wanted_ = false, closing_ = false;
  unsigned failures_ = 0;
  int restarts_ = 0;
  int leases_ = 0;
  std::string key_;
  std::optional<Error> error_;
  TimePoint last_used_{}, next_start_{}, ready_at_{};
  Process process_;  // written under the mutex, by the supervisor's thread only

  ChildSpec running_spec_;
  OutputTail tail_;
  std::optional<Error> stop_reason_;  // why a process that we stop has failed, if it has
  TimePoint started_at_{}, ready_deadline_{}, kill_at_{};
  unsigned crashes_in_row_ = 0;
};

}  // namespace sensorium::local
