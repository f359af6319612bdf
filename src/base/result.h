// Result<T>: a value or an Error. SN_TRY unwraps or returns early; SN_CO_TRY does so in a coroutine.
// Surprising: both are statement expressions (`auto x = SN_TRY(f());`), which needs Clang 19 or
// GCC 14: older GCC destroys temporaries of co_await expressions twice.
#pragma once

#include <expected>
#include <utility>

#include "base/error.h"

namespace sensorium {

/// Value or Error; ignoring one is a compile error.
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
  Result(Error error) : std::expected<T, Error>(std::unexpect, std::move(error)) {}
};

using Status = Result<void>;

namespace detail {
template <class T>
T unwrap(Result<T>&& result) {
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}
}  // namespace detail

/// `error` with `text` added to its notes, for the way up.
template <class T>
Result<T> annotate(Result<T> result, std::string text) {
  if (!result) result.error().notes.push_back(std::move(text));
  return result;
}

}  // namespace sensorium

#define SN_TRY(...)                                                          \
  __extension__({                                                            \
    auto sn_result = (__VA_ARGS__);                                          \
    if (!sn_result) return ::sensorium::Error(std::move(sn_result).error()); \
    ::sensorium::detail::unwrap(std::move(sn_result));                       \
  })

#define SN_CO_TRY(...)                                                          \
  __extension__({                                                               \
    auto sn_result = (__VA_ARGS__);                                             \
    if (!sn_result) co_return ::sensorium::Error(std::move(sn_result).error()); \
    ::sensorium::detail::unwrap(std::move(sn_result));                          \
  })
