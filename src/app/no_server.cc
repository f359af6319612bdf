// For builds without the server module.
#include "app/serve.h"

namespace sensorium::app {

Result<int> serve(service::Service&, const cli::ServeFlags&) {
  return Error(Code::not_built_in, "This build has no HTTP service", "Build it with the server module");
}

}  // namespace sensorium::app
