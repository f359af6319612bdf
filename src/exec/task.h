// Task<T>: the coroutine type of the program, an asio awaitable of Result<T>.
// Surprising: a Task does nothing until awaited or spawned, and a cancelled one usually just
// returns Error(cancelled): operations report errors as values, never by throwing.
// NOTE [No generic-lambda coroutines]: clang 19 compiles but does not link them with Beast inside.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "base/call_context.h"
#include "base/result.h"

namespace sensorium {

template <class T = void>
using Task = boost::asio::awaitable<Result<T>>;

}  // namespace sensorium
