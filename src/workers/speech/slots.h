// Slots: who may recognise now. As many at once as there are cores, dealt evenly among the jobs that wait.
// Surprising: one slot more than cores is kept for a job that has nothing running, so that a short clip does
// not wait for the chunk of a long film to end.
#pragma once

#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "workers/speech/model.h"

namespace sensorium::speech {

/// Thread-safe.
class Slots {
 public:
  Slots(const Model& model, unsigned cores) : model_(model), cores_(cores) {}

  /// One state, given back at the end of its life.
  class Held {
   public:
    Held(Slots& slots, std::string job, State state)
        : slots_(&slots), job_(std::move(job)), state_(std::move(state)) {}
    Held(Held&& other) noexcept = default;
    Held& operator=(Held&&) = delete;
    ~Held() {
      if (state_) slots_->give_back(job_, std::move(state_));
    }
    whisper_state* state() const noexcept { return state_.get(); }

   private:
    Slots* slots_;
    std::string job_;
    State state_;
  };

  /// Waits for this job's turn. Errors: cancelled, deadline_exceeded, overloaded.
  Result<Held> acquire(const CallContext& ctx, const std::string& job);

 private:
  struct Waiter {
    const std::string& job;
  };
  bool is_next(const Waiter& waiter);
  unsigned running(const std::string& job) const;
  void give_back(const std::string& job, State state);

  const Model& model_;
  const unsigned cores_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Waiter> waiting_;  ///< in the order of their coming
  std::map<std::string, unsigned> running_;
  unsigned busy_ = 0;
  std::vector<State> idle_;
};

}  // namespace sensorium::speech
