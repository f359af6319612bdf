// Environment first; an empty variable counts as unset, as the XDG specification says.
#include "base/folders.h"

#include <cstdlib>

namespace sensorium {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::string below_home(const std::string& name) {
  const auto home = environment("HOME");
  return home.empty() ? "" : home + "/" + name;
}

std::string default_cache_dir() {
  if (auto own = environment("SENSORIUM_CACHE"); !own.empty()) return own;
  if (auto base = environment("XDG_CACHE_HOME"); !base.empty()) return base + "/sensorium";
  return below_home(".cache/sensorium");
}

}  // namespace sensorium
