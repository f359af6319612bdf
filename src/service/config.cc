// The functions that callers see; the work is in config_load.cc and its neighbours.
#include "service/config.h"

#include <algorithm>

#include "service/config_load.h"

namespace sensorium {
namespace {

Result<Config> first_error_or(config::Loaded loaded) {
  if (loaded.errors.empty()) return std::move(loaded.config);
  Error first = std::move(loaded.errors.front());
  for (std::size_t i = 1; i < loaded.errors.size(); ++i) first.notes.push_back(sentence(loaded.errors[i]));
  return first;
}

}  // namespace

std::string_view Config::origin(std::string_view full_key) const noexcept {
  const auto named = [&](const ConfigSetting& setting) {
    return full_key.size() == setting.section.size() + 1 + setting.key.size() &&
           full_key.starts_with(setting.section) && full_key[setting.section.size()] == '.' &&
           full_key.ends_with(setting.key);
  };
  const auto found = std::ranges::find_if(settings, named);
  return found == settings.end() ? std::string_view() : std::string_view(found->origin);
}

Result<Config> load_config(const ConfigSources& sources) { return first_error_or(config::load(sources)); }

Result<Config> parse_config(std::string_view text, std::string_view name, const ConfigSources& sources) {
  return first_error_or(config::load(text, std::string(name), sources));
}

}  // namespace sensorium
