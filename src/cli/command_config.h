// The configuration of a command: --config, the environment, and flags that override keys.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "service/config.h"

namespace sensorium::cli {

using ConfigFlags = std::vector<std::pair<std::string, std::string>>;  ///< {"server.listen", "127.0.0.1:0"}

ConfigSources command_sources(const CliContext& context, ConfigFlags flags = {});

/// Loads it and sets up the log by it, -q and -v. Blocks. Errors: misconfigured.
Result<Config> command_config(const CliContext& context, ConfigFlags flags = {});

/// --record and --replay of a command that has them.
ConfigFlags tape_flags(const Arguments& arguments);

}  // namespace sensorium::cli
