// The states of asio's cancellation under our names.
#include "exec/cancellation.h"

#include <boost/asio/co_spawn.hpp>
#include <exception>

#include "exec/guard.h"

namespace sensorium {
namespace asio = boost::asio;

asio::awaitable<void> outlive_cancellation() { co_await asio::this_coro::throw_if_cancelled(false); }

asio::awaitable<void> ignore_cancellation() {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
}

namespace {
asio::awaitable<void> run_alone(Task<> work) { static_cast<void>(co_await std::move(work)); }
}  // namespace

asio::awaitable<void> start_here(Task<> work) {
  asio::co_spawn(co_await asio::this_coro::executor, run_alone(std::move(work)),
                 [](std::exception_ptr failure) {
                   if (failure) std::rethrow_exception(failure);
                 });
}

}  // namespace sensorium
