// ControlLoop on an io_context of its own.
#include "exec/control_loop.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

namespace sensorium {

using boost::system::error_code;

struct ControlLoop::Impl {
  explicit Impl(std::function<void(int)> handler) : on_signal(std::move(handler)) {}

  void await_signal() {
    signals.async_wait([this](const error_code& error, int number) {
      if (error) return;
      await_signal();
      on_signal(number);
    });
  }
  void await_tick() {
    timer.expires_after(period);
    timer.async_wait([this](const error_code& error) {
      if (error) return;
      await_tick();
      tick();
    });
  }

  boost::asio::io_context io{1};
  boost::asio::signal_set signals{io};
  boost::asio::steady_timer timer{io};
  std::function<void(int)> on_signal;
  std::function<void()> tick;
  Milliseconds period{};
};

ControlLoop::ControlLoop(std::initializer_list<int> signals, std::function<void(int)> on_signal)
    : impl_(std::make_unique<Impl>(std::move(on_signal))) {
  error_code ignored;
  for (const int number : signals) impl_->signals.add(number, ignored);
  impl_->await_signal();
}

ControlLoop::~ControlLoop() = default;

void ControlLoop::tick_every(Milliseconds period, std::function<void()> tick) {
  impl_->period = period;
  impl_->tick = std::move(tick);
  impl_->await_tick();
}

void ControlLoop::release_signals() {
  error_code ignored;
  impl_->signals.clear(ignored);
}

void ControlLoop::run() { impl_->io.run(); }
void ControlLoop::stop() { impl_->io.stop(); }

}  // namespace sensorium
