// Putting the sources together; shared by loading and checking.
#pragma once

#include "service/config.h"

namespace sensorium::config {

/// A configuration and all mistakes in it; with mistakes it is only good for looking further.
struct Loaded {
  Config config;
  std::vector<Error> errors;
};

/// `file` is the name of the file in messages, "" when there is none.
Loaded load(std::string_view text, const std::string& file, const ConfigSources& sources);
/// Finds and reads the file first.
Loaded load(const ConfigSources& sources);

/// Mistakes between values that are each right: chains that go in circles, addresses, unknown engines.
void check_meaning(const Config& config, std::vector<Error>& errors);

}  // namespace sensorium::config
