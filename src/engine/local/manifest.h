// model.json, the manifest of an installed model: between InstalledModel and JSON text.
#pragma once

#include <string>
#include <string_view>

#include "engine/local/installed.h"

namespace sensorium::local {

inline constexpr std::string_view manifest_name = "model.json";
/// Lies in a folder that is being filled: what is there already is not a model yet.
inline constexpr std::string_view unfinished_name = ".unfinished";

std::string manifest_text(const InstalledModel& model);
/// Paths without a leading slash are meant from `folder`. Errors: misconfigured.
Result<InstalledModel> parse_manifest(std::string_view text, const std::string& folder);

}  // namespace sensorium::local
