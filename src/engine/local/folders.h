// Where models and built engines live on this machine, by the XDG rules.
#pragma once

#include <string>

namespace sensorium::local {

/// $SENSORIUM_CACHE, else $XDG_CACHE_HOME/sensorium, else ~/.cache/sensorium.
std::string default_cache_dir();
/// $XDG_DATA_HOME/sensorium/models, else ~/.local/share/sensorium/models.
std::string default_models_dir();
/// The folder of the running program.
std::string program_folder();
/// `name` below the user's home; "" when there is no HOME.
std::string below_home(const std::string& name);

}  // namespace sensorium::local
