// Help texts, made from the tables of commands and flags.
#pragma once

#include <string>

#include "cli/command.h"

namespace sensorium::cli {

/// All commands with their summaries; no line end.
std::string overview();
/// Usage, flags and examples of one command.
std::string help_text(const CommandDef& command);
/// help_text() on stdout.
void print_help(const CommandDef& command);
/// docs/reference/cli.md.
std::string cli_reference();

}  // namespace sensorium::cli
