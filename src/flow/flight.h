// Flight: one upstream call and everyone who waits for it, on whatever shard.
// Surprising: the call belongs to nobody: it runs on the shard of who began it, goes on when that one
// leaves, and is stopped, and waited for, by the last who leaves.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

#include "engine/chat_engine.h"
#include "exec/waker.h"
#include "store/answer_cache.h"

namespace sensorium::flow {

class Follower;

/// Thread-safe.
class Flight {
 public:
  Flight() = default;
  Flight(const Flight&) = delete;
  Flight& operator=(const Flight&) = delete;

  /// The call's side, on its shard. The text waits for the fastest follower when 256 KiB are ahead of it.
  Task<> add(std::string_view piece);
  void end(Result<Completion> result);
  std::stop_token stop_token() const noexcept { return stop_.get_token(); }

 private:
  friend class Follower;
  friend class Flights;
  struct Seat {
    std::uint64_t id;
    Waker bell;
  };
  bool board();  ///< false when the last has left already
  bool far_ahead() const;

  mutable std::mutex mutex_;
  std::string text_;
  std::size_t taken_ = 0;  ///< by the fastest
  std::shared_ptr<const Result<Completion>> result_;
  std::vector<Seat> seats_;
  std::uint64_t next_id_ = 0;
  int waiting_ = 0;
  bool abandoned_ = false;
  std::optional<Waker> call_;  ///< the call waits for followers
  std::stop_source stop_;
};

/// One who waits. Made with a place that Flights::board() reserved.
class Follower {
 public:
  explicit Follower(std::shared_ptr<Flight> flight);
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  /// Text into `sink` as it comes (when `streams`), then the answer. When it is cancelled or the sink
  /// fails, it leaves; the last one stops the call and waits for its end.
  Task<Completion> follow(TokenSink& sink, bool streams);
  /// Text has reached the sink.
  bool touched() const noexcept { return given_ > 0; }
  /// It was cancelled, or its sink failed, before the call ended.
  bool departed() const noexcept { return left_; }

 private:
  std::string_view take();
  std::shared_ptr<const Result<Completion>> result() const;
  bool leave();
  boost::asio::awaitable<void> depart();
  Task<Completion> finish(TokenSink& sink, bool streams);

  std::shared_ptr<Flight> flight_;
  Waker bell_;
  std::uint64_t id_ = 0;
  std::size_t given_ = 0;
  std::string piece_;
  bool left_ = false;
};

/// The flights of a process by key. Thread-safe.
class Flights {
 public:
  struct Boarding {
    std::shared_ptr<Flight> flight;
    bool leads = false;  ///< it is new: the caller starts the call
  };
  enum class Join : bool { never, if_there };
  /// A place on the flight under `key`, or on a new one. With Join::never always a new one, which others
  /// may join unless there is one already.
  Boarding board(const store::CacheKey& key, Join join);
  /// The flight has landed: who comes now begins another.
  void remove(const store::CacheKey& key, const Flight& flight);
  std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<store::CacheKey, std::shared_ptr<Flight>, store::CacheKeyHash> flights_;
};

}  // namespace sensorium::flow
