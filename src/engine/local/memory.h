// What the machine and its children have of memory, and whether a failure was for lack of it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>

namespace sensorium::local {

/// Bytes that can be had without swapping: MemAvailable, or less in a container with a limit (cgroup v2).
/// Very large when it cannot be known.
std::int64_t free_memory();
/// For tests: the same from the texts of the files; "" when there is no such file.
std::int64_t free_memory(std::string_view meminfo, std::string_view cgroup_max,
                         std::string_view cgroup_current);

/// Resident set of a process, 0 when it is gone.
std::int64_t resident_bytes(pid_t pid);

/// True when what a program wrote before it ended says that an allocation failed.
bool says_out_of_memory(std::string_view output);

}  // namespace sensorium::local
