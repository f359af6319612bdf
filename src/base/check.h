// SN_CHECK(condition): ends the process when a bug was found; never for anything input can cause.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <source_location>

namespace sensorium {
[[noreturn]] void check_failed(const char* what, std::source_location where) noexcept;
}  // namespace sensorium

#define SN_CHECK(condition) \
  ((condition) ? void(0) : ::sensorium::check_failed(#condition, std::source_location::current()))
