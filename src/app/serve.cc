// Joins `sensorium serve` and the server.
#include "app/serve.h"

#include "server/run_server.h"

namespace sensorium::app {

Result<int> serve(service::Service& service, const cli::ServeFlags& flags) {
  server::ServeOptions options;
  options.open_address =
      flags.access == cli::Access::open_to_all ? server::OpenAddress::allow : server::OpenAddress::refuse;
  options.on_listening = flags.on_listening;
  return server::run_server(service, options);
}

}  // namespace sensorium::app
