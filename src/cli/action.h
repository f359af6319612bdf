// The first word of commands that have several actions.
#pragma once

#include "cli/arguments.h"

namespace sensorium::cli {

/// The action that the first word names. Errors: invalid_request with the list, or with a guess.
Result<const Action*> chosen_action(const Arguments& arguments);
/// The error of a word at `index` that nothing takes.
Error superfluous(const Arguments& arguments, std::size_t index);

}  // namespace sensorium::cli
