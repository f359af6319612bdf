// Folders of the user on this machine, by the XDG rules.
#pragma once

#include <string>

namespace sensorium {

/// The environment variable `name`, "" when it is not set.
std::string environment(const char* name);
/// `name` below the user's home; "" when there is no HOME.
std::string below_home(const std::string& name);
/// Built engines and fetched weights: $SENSORIUM_CACHE, else $XDG_CACHE_HOME/sensorium, else
/// ~/.cache/sensorium.
std::string default_cache_dir();

}  // namespace sensorium
