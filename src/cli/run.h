// The terminal: from the words of the command line to an exit code.
#pragma once

#include <span>
#include <string>

#include "cli/hooks.h"

namespace sensorium::cli {

/// Runs the command that `words` (without the program's name) ask for. Call once per process.
int run(std::span<const std::string> words, const Hooks& hooks);

}  // namespace sensorium::cli
