// Environment first; an empty variable counts as unset, as the XDG specification says.
#include "engine/local/folders.h"

#include <cstdlib>
#include <filesystem>

namespace sensorium::local {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

std::string below_home(const std::string& name) {
  const auto home = variable("HOME");
  return home.empty() ? "" : home + "/" + name;
}

std::string default_cache_dir() {
  if (auto own = variable("SENSORIUM_CACHE"); !own.empty()) return own;
  if (auto base = variable("XDG_CACHE_HOME"); !base.empty()) return base + "/sensorium";
  return below_home(".cache/sensorium");
}

std::string default_models_dir() {
  if (auto base = variable("XDG_DATA_HOME"); !base.empty()) return base + "/sensorium/models";
  return below_home(".local/share/sensorium/models");
}

std::string program_folder() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path().string();
}

}  // namespace sensorium::local
