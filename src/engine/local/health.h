// Asks a child on its Unix socket whether it is ready: one blocking GET /health with a short limit.
#pragma once

#include <string>

#include "base/call_context.h"

namespace sensorium::local {

enum class Health : unsigned char {
  absent,   ///< nobody listens yet
  loading,  ///< listens, but does not say 200 yet
  ready,
};

/// Blocks for at most `limit`, usually under a millisecond.
Health probe_health(const std::string& socket_path, const std::string& key, Milliseconds limit);

/// Longest path a Unix socket may have, without the closing zero.
inline constexpr std::size_t longest_socket_path = 107;

}  // namespace sensorium::local
