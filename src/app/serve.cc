// The terminal's flags as the server's options.
#include "app/serve.h"

#include "server/run_server.h"

namespace sensorium::app {

Result<int> serve(service::Service& service, const cli::ServeFlags& flags) {
  server::ServeOptions options;
  const bool open = flags.access == cli::Access::open_to_all;
  options.open_address = open ? server::OpenAddress::allow : server::OpenAddress::refuse;
  options.on_listening = flags.on_listening;
  return server::run_server(service, options);
}

}  // namespace sensorium::app
