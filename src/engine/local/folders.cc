// Environment first, as for the cache folder.
#include "engine/local/folders.h"

#include <filesystem>

namespace sensorium::local {

std::string default_models_dir() {
  if (auto base = environment("XDG_DATA_HOME"); !base.empty()) return base + "/sensorium/models";
  return below_home(".local/share/sensorium/models");
}

std::string program_folder() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path().string();
}

}  // namespace sensorium::local
