// A timer whose handler looks whether it is still meant.
#include "exec/alarm.h"

#include "exec/guard.h"

namespace sensorium {
namespace asio = boost::asio;
namespace {

class TimerAlarm final : public Alarm {
 public:
  TimerAlarm(const asio::any_io_executor& executor, std::function<void()> ring)
      : timer_(executor), ring_(std::make_shared<std::function<void()>>(std::move(ring))) {}
  void move_to(TimePoint time) override {
    timer_.expires_at(time);
    timer_.async_wait([ring = std::weak_ptr(ring_)](const boost::system::error_code& error) {
      if (error) return;
      if (const auto wanted = ring.lock()) (*wanted)();
    });
  }
  void cancel() override { timer_.cancel(); }

 private:
  asio::steady_timer timer_;
  std::shared_ptr<std::function<void()>> ring_;
};

}  // namespace

Task<std::unique_ptr<Alarm>> set_alarm(TimePoint time, std::function<void()> ring) {
  auto alarm = std::make_unique<TimerAlarm>(co_await asio::this_coro::executor, std::move(ring));
  alarm->move_to(time);
  co_return alarm;
}

}  // namespace sensorium
