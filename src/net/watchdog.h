// Watchdog: time-outs for the many sockets of one shard with one timer for all of them.
// Surprising: it ticks every 100 ms, so a time-out fires up to that much late; setting a deadline
// is two stores, which is why no operation needs a timer of its own.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "base/call_context.h"

namespace sensorium::net {

/// Use from its shard's thread only.
class Watchdog {
 public:
  explicit Watchdog(boost::asio::io_context& io) : timer_(io) {}
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// Something with a deadline; removes itself when it dies.
  class Entry {
   public:
    explicit Entry(Watchdog& dog);
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    void expire_at(TimePoint deadline) noexcept { deadline_ = deadline; }
    void expire_after(Milliseconds time) noexcept { deadline_ = SteadyClock::now() + time; }
    void disarm() noexcept { deadline_ = TimePoint::max(); }
    /// True once the deadline has passed and on_expire() was called.
    bool expired() const noexcept { return expired_; }

   protected:
    ~Entry();
    /// Called once, on the shard; must only cancel or close, never resume.
    virtual void on_expire() noexcept = 0;

   private:
    friend class Watchdog;
    Watchdog& dog_;
    Entry* previous_ = nullptr;
    Entry* next_ = nullptr;
    TimePoint deadline_ = TimePoint::max();
    bool expired_ = false;
  };

 private:
  void tick();
  void arm();
  boost::asio::steady_timer timer_;
  Entry* first_ = nullptr;
  bool armed_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< for a tick in flight
};

}  // namespace sensorium::net
