// What the programs that serve a model share: options in pairs, the life of the server, how a failure ends.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "workers/common/server.h"

namespace sensorium::worker {

/// Sets the option `name`; false when there is none of that name.
using SetOption = std::function<Result<bool>(std::string_view name, const char* value)>;
/// Words behind the program's name as "--name value" pairs. Errors: invalid_request with `usage` as hint, and
/// those of `set`.
Status parse_options(std::span<const char* const> words, const char* usage, const SetOption& set);
/// 1 to 64. Errors: invalid_request with `usage` as hint.
Result<int> parse_threads(std::string_view text, const char* usage);

/// Listens at once, with the key from the environment, then loads and answers until SIGTERM. Blocks; call
/// before threads exist. What the handler uses must outlive the call. Errors: those of Server::listen and
/// `load`.
Status serve(ServerOptions options, const std::function<Result<Handler>()>& load);

/// Tells stderr why `program` ends, and gives its exit code.
int report_failure(std::string_view program, const Error& error);

}  // namespace sensorium::worker
