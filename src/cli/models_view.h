// Lists of models, for people and as JSON Lines.
#pragma once

#include "cli/command.h"
#include "service/service.h"

namespace sensorium::cli {

Result<int> list_models(const CliContext& context, const service::Service& service);
/// Errors: unknown_model with a guess.
Result<int> show_model(const CliContext& context, const service::Service& service);
/// Which model for a task, with reasons.
Result<int> recommend_model(const CliContext& context, const service::Service& service);

}  // namespace sensorium::cli
