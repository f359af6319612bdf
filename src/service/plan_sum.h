// Plans of many questions as one.
#pragma once

#include "service/question.h"

namespace sensorium::service {

/// Adds `more` to `sum`: calls, tokens, price (unknown with an unknown part), pictures, new warnings.
void add_plan(Plan& sum, Plan&& more);

}  // namespace sensorium::service
