// Joins the terminal and the server, which do not know each other.
#pragma once

#include "cli/hooks.h"

namespace sensorium::app {

Result<int> serve(service::Service& service, const cli::ServeFlags& flags);

}  // namespace sensorium::app
