// sensorium health: whether a running service is well; for people, scripts and container checks.
#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/command_config.h"
#include "cli/command_service.h"
#include "cli/terminal.h"
#include "service/health_check.h"

namespace sensorium::cli {
namespace {

using Type = OptionDef::Type;
constexpr FlagDef flags[] = {
    {{.name = "timeout", .type = Type::duration, .default_value = "5s", .help = "how long to wait"},
     0,
     "TIME"},
    {{.name = "json", .type = Type::boolean, .help = "the service's own words"}},
};
constexpr FlagGroup groups[] = {{"Check", flags}};
constexpr Example examples[] = {
    {"sensorium health", "the service of this machine, where the configuration says it listens"},
    {"sensorium health http://10.0.0.7:7373", "another one"},
};

Result<std::string> address(const CliContext& context) {
  const std::string given(context.arguments.word(0));
  if (!given.empty()) return given.find("://") == std::string::npos ? "http://" + given : given;
  const Config config = SN_TRY(command_config(context));
  return service::local_url(config.server.listen);
}

Result<int> run(CliContext& context) {
  const Interrupt interrupt;
  const std::string url = SN_TRY(address(context));
  const Milliseconds limit = context.arguments.duration("timeout").value_or(Milliseconds{5000});
  const CallContext call = new_call(limit, interrupt);
  auto report = service::check_health(call, url);
  if (!report) {
    if (interrupt.signal() != 0) return exit_code_of_signal(interrupt.signal());
    if (report.error().code == Code::deadline_exceeded)
      return Error(Code::upstream_timeout, fmt::format("{} did not answer in time", url),
                   "Wait longer with --timeout, or restart it");
    return Error(std::move(report).error());
  }
  if (context.arguments.has("json")) fmt::print("{}\n", report->body);
  else fmt::print("{} is healthy (sensorium {})\n", url, report->version);
  return 0;
}

}  // namespace

extern const CommandDef health_command{
    .name = "health",
    .arguments = "[URL]",
    .summary = "whether a running service is well",
    .description =
        "Ends with 0 when it is, with 4 when nobody answers or the answer is not that of a healthy service.",
    .actions = {},
    .groups = groups,
    .examples = examples,
    .max_arguments = 1,
    .run = run,
};

}  // namespace sensorium::cli
