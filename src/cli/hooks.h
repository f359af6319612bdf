// What the composition root gives to the terminal, because the terminal must not see the server.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "service/service.h"

namespace sensorium::cli {

enum class Access : unsigned char { with_keys, open_to_all };

struct ServeFlags {
  Access access = Access::with_keys;
  /// Called once it listens, with the address and its real port: "127.0.0.1:7373".
  std::function<void(std::string_view address)> on_listening;
};

struct Hooks {
  std::string version;  ///< "0.1.0"
  /// Serves until it is told to end; the exit code.
  std::function<Result<int>(service::Service&, const ServeFlags&)> serve;
};

}  // namespace sensorium::cli
