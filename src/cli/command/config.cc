// sensorium config: checks, shows, describes and begins the configuration file.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/text.h"
#include "cli/action.h"
#include "cli/arguments.h"
#include "cli/command_config.h"
#include "cli/terminal.h"

namespace sensorium::cli {
namespace {

constexpr FlagDef flags[] = {
    {{.name = "origin", .type = OptionDef::Type::boolean, .help = "show: where each value comes from"}}};
constexpr FlagGroup groups[] = {{"Output", flags}};
constexpr Action actions[] = {
    {"check", "", "every mistake with its line, or that there is none"},
    {"show", "[--origin]", "what is in force, as TOML; keys are masked"},
    {"schema", "", "JSON Schema of the file, for editors"},
    {"init", "[FILE]", "writes a file with every setting as a comment (./sensorium.toml)"},
};
constexpr Example examples[] = {
    {"sensorium config init", "begin with ./sensorium.toml"},
    {"sensorium config check", "is it right?"},
    {"sensorium config show --origin", "which file or variable set what"},
};

Result<int> check(CliContext& context) {
  const ConfigReport report = config_check(command_sources(context));
  for (const Error& error : report.errors) context.terminal.error(error);
  for (const std::string& warning : report.warnings) context.terminal.warning(warning);
  if (!report.errors.empty()) return facts(report.errors.front().code).exit;
  fmt::print("{}\n", report.file.empty() ? "No configuration file; the defaults are in force."
                                         : report.file + " is right.");
  return 0;
}

Result<int> show(CliContext& context) {
  const Config config = SN_TRY(command_config(context));
  const auto origin = context.arguments.has("origin") ? ShowOrigin::yes : ShowOrigin::no;
  std::fputs(config_show(config, origin).c_str(), stdout);
  return 0;
}

Result<int> schema(CliContext&) {
  std::printf("%s\n", config_schema_json().c_str());
  return 0;
}

Error cannot_create(const std::string& path, int error) {
  if (error == EEXIST)
    return Error(Code::invalid_request, fmt::format("{} exists and is left as it is", text::printable(path)),
                 fmt::format("Name another file: sensorium config init NAME.toml; or move it away first"));
  return Error(Code::invalid_request,
               fmt::format("{} cannot be written: {}", text::printable(path), std::strerror(error)),
               "Name a file in a folder that you may write to");
}

Result<int> init(CliContext& context) {
  const std::string path =
      context.arguments.words().size() > 1 ? context.arguments.words()[1] : "sensorium.toml";
  constexpr mode_t private_file = 0600;  // people put keys into it
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, private_file);
  if (fd < 0) return cannot_create(path, errno);
  const std::string text = config_template();
  const auto written = ::write(fd, text.data(), text.size());
  const int error = written == static_cast<ssize_t>(text.size()) ? 0 : errno;
  if (::close(fd) != 0 || error != 0)
    return ::unlink(path.c_str()), cannot_create(path, error ? error : errno);
  fmt::print("{} was written. Every setting is in it as a comment; check it with: sensorium config check\n",
             text::printable(path));
  return 0;
}

Result<int> run(CliContext& context) {
  const Action* action = SN_TRY(chosen_action(context.arguments));
  if (action->name != "init" && context.arguments.words().size() > 1)
    return superfluous(context.arguments, 1);
  if (action->name == "check") return check(context);
  if (action->name == "show") return show(context);
  if (action->name == "schema") return schema(context);
  return init(context);
}

}  // namespace

extern const CommandDef config_command{
    .name = "config",
    .arguments = "check | show | schema | init",
    .summary = "check, show or begin the configuration file",
    .description =
        "One file: --config, SENSORIUM_CONFIG, ./sensorium.toml, $XDG_CONFIG_HOME/sensorium/config.toml or\n"
        "/etc/sensorium/config.toml; the first found. None is needed. A flag wins over the environment\n"
        "(SENSORIUM_SECTION__KEY), the environment over the file.",
    .actions = actions,
    .groups = groups,
    .examples = examples,
    .max_arguments = 2,
    .run = run,
};

}  // namespace sensorium::cli
