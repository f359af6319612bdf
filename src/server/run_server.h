// run_server: the HTTP service from listening to the last reply.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "service/service.h"

namespace sensorium::server {

/// Who may reach an address of this machine that others can reach, when no keys are configured.
enum class OpenAddress : unsigned char { refuse, allow };

struct ServeOptions {
  std::string listen;                   ///< "" for [server] listen
  std::optional<std::int64_t> workers;  ///< event loops, 0 for one per core; nothing for [server] workers
  std::optional<Milliseconds> drain;    ///< nothing for [server] drain_seconds
  OpenAddress open_address = OpenAddress::refuse;
  /// Called once, from the calling thread, with the address and its real port: "127.0.0.1:7373".
  std::function<void(std::string_view address)> on_listening;
};

/// Serves until SIGTERM or SIGINT: then nothing new is accepted, /readyz says 503, running requests get
/// `drain` to end and are stopped after it. A second signal stops them at once.
/// Blocks the calling thread; one at a time per process. Gives the exit code: 0, or 128 + signal when a
/// second signal cut requests short. Errors: misconfigured (address in use, open to others without keys).
Result<int> run_server(service::Service& service, const ServeOptions& options);

}  // namespace sensorium::server
