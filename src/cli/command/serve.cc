// sensorium serve: the HTTP service, in the foreground.
#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/command_config.h"
#include "cli/flags.h"
#include "cli/hooks.h"
#include "cli/terminal.h"

namespace sensorium::cli {
namespace {

using Type = OptionDef::Type;
constexpr double most_workers = 1024;
constexpr FlagDef flags[] = {
    {{.name = "listen", .help = "address and port; port 0 takes a free one [127.0.0.1:7373]"}, 0, "ADDRESS"},
    number_flag("workers", "N", "", "event loops; 0 for one per core", 0, most_workers),
    {{.name = "no_auth",
      .type = Type::boolean,
      .help = "serve an address that others can reach without asking for keys"}},
    record_flag,
    replay_flag,
};
constexpr FlagGroup groups[] = {{"Service", flags}};
constexpr Example examples[] = {
    {"sensorium serve", "on http://127.0.0.1:7373, for this machine only"},
    {"sensorium serve --listen 0.0.0.0:7373 --config server.toml",
     "for others; [keys.NAME] in the file says who may ask"},
};

ConfigFlags config_flags(const Arguments& arguments) {
  ConfigFlags flags_given;
  for (const std::string_view name : {"listen", "workers"})
    if (arguments.has(name)) flags_given.emplace_back(fmt::format("server.{}", name), arguments.text(name));
  for (auto& flag : tape_flags(arguments)) flags_given.push_back(std::move(flag));
  return flags_given;
}

Result<int> run(CliContext& context) {
  if (!context.hooks.serve)
    return Error(Code::not_built_in, "This build has no HTTP service", "Use the complete program");
  Config config = SN_TRY(command_config(context, config_flags(context.arguments)));
  const auto service = SN_TRY(service::Service::create(std::move(config), service::ModelPaths::refused));
  ServeFlags serve;
  serve.access = context.arguments.has("no_auth") ? Access::open_to_all : Access::with_keys;
  serve.on_listening = [&context](std::string_view address) {
    context.terminal.line(fmt::format("sensorium {} listening on http://{}", context.hooks.version, address));
  };
  return context.hooks.serve(*service, serve);
}

}  // namespace

extern const CommandDef serve_command{
    .name = "serve",
    .arguments = "",
    .summary = "the HTTP service, in the foreground",
    .description =
        "Ends after Ctrl-C or SIGTERM, once the requests that run have their answers; a second one ends it "
        "at once.",
    .actions = {},
    .groups = groups,
    .examples = examples,
    .max_arguments = 0,
    .run = run,
};

}  // namespace sensorium::cli
