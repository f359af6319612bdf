// Completion scripts for shells, made from the tables of commands and flags.
#pragma once

#include <string>

namespace sensorium::cli {

std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

}  // namespace sensorium::cli
