// The list of models as JSON, for the two routes that tell it.
#pragma once

#include <vector>

#include "server/call.h"

namespace sensorium::server {

/// Looks at files, so it runs on a pool.
Task<std::vector<service::ModelInfo>> list_models(Call& call);

std::string models_json(const std::vector<service::ModelInfo>& models);
std::string model_json(const service::ModelInfo& model);

}  // namespace sensorium::server
