// The lists of engines.def and presets.def as arrays. Nothing registers itself: a static library
// would drop an object file that nobody names.
#include "engine/registry.h"

#include <algorithm>
#include <array>

namespace sensorium {

#define SN_ENGINE(name) extern const EngineDef name##_engine;
#include "engine/engines.def"
#undef SN_ENGINE

namespace {

constexpr std::array engines{
#define SN_ENGINE(name) &name##_engine,
#include "engine/engines.def"
#undef SN_ENGINE
};

constexpr std::array presets{
#define SN_PRESET(...) ProviderPreset{__VA_ARGS__},
#include "engine/presets.def"
#undef SN_PRESET
};

bool lies_under(std::string_view host, std::string_view domain) noexcept {
  if (domain.empty() || !host.ends_with(domain)) return false;
  return host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.';
}

}  // namespace

std::span<const EngineDef* const> engine_defs() noexcept { return engines; }

const EngineDef* find_engine(std::string_view name) noexcept {
  const auto found = std::ranges::find(engines, name, &EngineDef::name);
  return found == engines.end() ? nullptr : *found;
}

std::span<const ProviderPreset> provider_presets() noexcept { return presets; }

const ProviderPreset* find_preset(std::string_view name) noexcept {
  const auto found = std::ranges::find(presets, name, &ProviderPreset::name);
  return found == presets.end() ? nullptr : &*found;
}

const ProviderPreset* find_preset_by_host(std::string_view host) noexcept {
  const ProviderPreset* best = nullptr;
  for (const ProviderPreset& preset : presets)
    if (lies_under(host, preset.host) && (!best || preset.host.size() > best->host.size())) best = &preset;
  return best;
}

}  // namespace sensorium
