// Where models live on this machine, by the XDG rules, and where the program itself stands.
#pragma once

#include <string>

#include "base/folders.h"

namespace sensorium::local {

/// $XDG_DATA_HOME/sensorium/models, else ~/.local/share/sensorium/models.
std::string default_models_dir();
/// The folder of the running program.
std::string program_folder();

}  // namespace sensorium::local
