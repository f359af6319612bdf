// Loading the configuration for a command.
#include "cli/command_config.h"

#include "cli/arguments.h"
#include "cli/terminal.h"

namespace sensorium::cli {
namespace {

constexpr std::string_view serving = "serve";

}  // namespace

ConfigSources command_sources(const CliContext& context, ConfigFlags flags) {
  return process_sources(context.arguments.text("config"), std::move(flags));
}

Result<Config> command_config(const CliContext& context, ConfigFlags flags) {
  Config config = SN_TRY(load_config(command_sources(context, std::move(flags))));
  const std::size_t verbosity = context.arguments.count("verbose");
  log::Level level = config.log.level;
  // What a warning would say is in the error that follows; only a service has nobody to tell it to.
  const bool unset = config.origin("log.level") == "default";
  if (unset && context.arguments.command().name != serving) level = log::Level::error;
  if (context.terminal.quiet()) level = log::Level::error;
  if (verbosity == 1) level = log::Level::info;
  if (verbosity > 1) level = log::Level::debug;
  log::configure(level, config.log.format);
  return config;
}

ConfigFlags tape_flags(const Arguments& arguments) {
  ConfigFlags given;
  for (const std::string name : {"record", "replay"})
    if (arguments.has(name)) given.emplace_back("models." + name, arguments.text(name));
  return given;
}

}  // namespace sensorium::cli
