// both(a, b): runs two tasks at the same time until each has ended.
#pragma once

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "exec/task.h"

namespace sensorium {

/// Neither stops the other: give them contexts of a StopScope each where that is wanted.
inline Task<> both(Task<> first, Task<> second) {
  using namespace boost::asio::experimental::awaitable_operators;
  auto [a, b] = co_await (std::move(first) && std::move(second));
  if (!a) co_return a;
  co_return b;
}

}  // namespace sensorium
