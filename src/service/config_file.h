// Finding the file, reading small files, and the folders of a user.
#pragma once

#include "service/config.h"

namespace sensorium::config {

/// The file to use, "" when there is none. Errors: misconfigured when one that was named does not exist.
Result<std::string> find_file(const ConfigSources& sources);

/// Blocking. Errors: misconfigured (not there, no permission, not a regular file, larger than `limit`).
Result<std::string> read_small_file(const std::string& path, std::size_t limit);
inline constexpr std::size_t file_limit = std::size_t{1} << 20;

/// The one line of a key file, white space around it dropped. Errors: misconfigured; never shows the content.
Result<std::string> read_secret(const std::string& path);
/// Whether `secret` can stand in a header: visible ASCII, not too long.
bool valid_secret(std::string_view secret) noexcept;

/// The value of a variable that is set and not empty.
std::optional<std::string> variable(const ConfigSources& sources, std::string_view name);

/// Where things are kept by the XDG rules; below /var without a home.
struct Folders {
  std::string home, config, data, state, cache;
};
Folders folders(const ConfigSources& sources);

/// `path` with "~/" expanded, and relative to `base` unless absolute.
std::string resolve(std::string_view path, std::string_view base, const Folders& folders);

}  // namespace sensorium::config
