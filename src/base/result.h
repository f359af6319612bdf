// Result<T>: a value or an Error. SN_TRY unwraps or returns early; SN_CO_TRY does so in a coroutine.
// Surprising: both are statement expressions (`auto x = SN_TRY(f());`), which needs Clang 19 or
// GCC 14: older GCC destroys temporaries of co_await expressions twice. The Error lies on the heap: a Result
// is a pointer larger than its value, and every coroutine frame holds several.
#pragma once

#include <expected>
#include <memory>
#include <utility>

#include "base/error.h"

namespace sensorium {

namespace detail {
/// An Error on the heap that copies like a value.
class ErrorBox {
 public:
  explicit ErrorBox(Error error) : error_(std::make_unique<Error>(std::move(error))) {}
  ErrorBox(const ErrorBox& other) : error_(std::make_unique<Error>(*other.error_)) {}
  ErrorBox(ErrorBox&&) noexcept = default;
  ErrorBox& operator=(ErrorBox other) noexcept {
    error_ = std::move(other.error_);
    return *this;
  }
  Error& get() const noexcept { return *error_; }

 private:
  std::unique_ptr<Error> error_;
};
}  // namespace detail

/// Value or Error; ignoring one is a compile error. A Result that was moved from may only be destroyed or
/// assigned to.
template <class T>
class [[nodiscard]] Result : public std::expected<T, detail::ErrorBox> {
  using Base = std::expected<T, detail::ErrorBox>;

 public:
  using Base::Base;
  Result(Error error) : Base(std::unexpect, std::move(error)) {}
  Result(detail::ErrorBox error) : Base(std::unexpect, std::move(error)) {}

  Error& error() & noexcept { return Base::error().get(); }
  const Error& error() const& noexcept { return Base::error().get(); }
  Error&& error() && noexcept { return std::move(Base::error().get()); }
  /// The error for a Result of another type, without touching it.
  detail::ErrorBox boxed_error() && noexcept { return std::move(*this).Base::error(); }
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

#define SN_TRY(...)                                            \
  __extension__({                                              \
    auto sn_result = (__VA_ARGS__);                            \
    if (!sn_result) return std::move(sn_result).boxed_error(); \
    ::sensorium::detail::unwrap(std::move(sn_result));         \
  })

#define SN_CO_TRY(...)                                            \
  __extension__({                                                 \
    auto sn_result = (__VA_ARGS__);                               \
    if (!sn_result) co_return std::move(sn_result).boxed_error(); \
    ::sensorium::detail::unwrap(std::move(sn_result));            \
  })
