// First file found wins. Secrets are read here and nowhere else.
#include "service/config_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/text.h"

namespace sensorium {
namespace config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t secret_limit = 8192;

// Closes itself; no exceptions, unlike streams, and errno stays with us.
class File {
 public:
  explicit File(const std::string& path)
      : handle_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  ~File() {
    if (handle_ >= 0) ::close(handle_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  bool open() const noexcept { return handle_ >= 0; }
  bool regular() const noexcept {
    struct stat facts{};
    return ::fstat(handle_, &facts) == 0 && S_ISREG(facts.st_mode);
  }
  ssize_t read(char* to, std::size_t size) const noexcept { return ::read(handle_, to, size); }

 private:
  int handle_;
};

Error unreadable(const std::string& path, std::string_view why) {
  return Error(Code::misconfigured, fmt::format("{} cannot be read: {}", text::printable(path), why),
               "Check the path and its permissions");
}

std::string in_folder(std::string_view folder, std::string_view file) {
  return folder.empty() ? std::string(file) : (fs::path(folder) / file).string();
}

bool exists(const std::string& path) {
  struct stat facts{};
  return ::stat(path.c_str(), &facts) == 0 ||
         errno == EACCES;  // one that may not be read is an error, not absent
}

// XDG: a relative path is to be ignored.
std::string folder_of(const ConfigSources& sources, std::string_view name, const std::string& home,
                      std::string_view below, std::string_view without_home) {
  if (auto value = variable(sources, name); value && value->starts_with('/')) return *value;
  return home.empty() ? std::string(without_home) : in_folder(home, below);
}

}  // namespace

std::optional<std::string> variable(const ConfigSources& sources, std::string_view name) {
  auto value = sources.environment ? sources.environment(name) : std::nullopt;
  return value && !value->empty() ? std::move(value) : std::nullopt;
}

Folders folders(const ConfigSources& sources) {
  Folders found;
  if (auto home = variable(sources, "HOME"); home && home->starts_with('/')) found.home = *home;
  found.config = folder_of(sources, "XDG_CONFIG_HOME", found.home, ".config", "");
  found.data = folder_of(sources, "XDG_DATA_HOME", found.home, ".local/share", "/var/lib");
  found.state = folder_of(sources, "XDG_STATE_HOME", found.home, ".local/state", "/var/lib");
  found.cache = folder_of(sources, "XDG_CACHE_HOME", found.home, ".cache", "/var/cache");
  return found;
}

std::string resolve(std::string_view path, std::string_view base, const Folders& folders) {
  if (path.starts_with("~/") && !folders.home.empty()) return in_folder(folders.home, path.substr(2));
  if (path.starts_with('/') || base.empty()) return std::string(path);
  return in_folder(base, path);
}

Result<std::string> find_file(const ConfigSources& sources) {
  const auto named = [](const std::string& path, std::string_view by) -> Result<std::string> {
    if (exists(path)) return path;
    return Error(
        Code::misconfigured,
        fmt::format("The configuration file {}, named by {}, does not exist", text::printable(path), by),
        "Correct the path, or write one with sensorium config init");
  };
  if (!sources.file.empty()) return named(sources.file, "--config");
  if (const auto path = variable(sources, "SENSORIUM_CONFIG")) return named(*path, "SENSORIUM_CONFIG");
  const std::string user = folders(sources).config;
  const std::array candidates{in_folder(sources.working_folder, "sensorium.toml"),
                              user.empty() ? std::string() : in_folder(user, "sensorium/config.toml"),
                              sources.system_file};
  const auto found =
      std::ranges::find_if(candidates, [](const std::string& path) { return !path.empty() && exists(path); });
  return found == candidates.end() ? std::string() : *found;
}

Result<std::string> read_small_file(const std::string& path, std::size_t limit) {
  const File file(path);
  if (!file.open()) return unreadable(path, std::strerror(errno));
  if (!file.regular()) return unreadable(path, "it is not a regular file");
  std::string content(limit + 1, '\0');
  std::size_t size = 0;
  while (size <= limit) {
    const ssize_t got = file.read(content.data() + size, content.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(path, std::strerror(errno));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > limit) return unreadable(path, fmt::format("it is larger than {}", text::human_bytes(limit)));
  content.resize(size);
  return content;
}

bool valid_secret(std::string_view secret) noexcept {
  const auto visible = [](char c) { return c > 0x20 && c < 0x7f; };
  return !secret.empty() && secret.size() <= secret_limit && std::ranges::all_of(secret, visible);
}

Result<std::string> read_secret(const std::string& path) {
  const std::string content = SN_TRY(read_small_file(path, secret_limit));
  const std::string_view secret = text::trim(content);
  if (!valid_secret(secret))
    return Error(Code::misconfigured, fmt::format("{} holds no key", text::printable(path)),
                 "It must hold the key on one line and nothing else");
  return std::string(secret);
}

}  // namespace config

Result<std::optional<std::string>> secret_from_environment(const EnvironmentLookup& environment,
                                                           std::string_view name) {
  ConfigSources sources;
  sources.environment = environment;
  const std::string file_name = std::string(name) + "_FILE";
  const auto direct = config::variable(sources, name), file = config::variable(sources, file_name);
  if (direct && file)
    return Error(Code::misconfigured, fmt::format("Both {} and {} are set", name, file_name),
                 "Unset one of them");
  if (file) {
    auto secret = annotate(config::read_secret(*file), file_name);
    if (!secret) return std::move(secret).error();
    return std::optional(*std::move(secret));
  }
  if (!direct) return std::optional<std::string>();
  const std::string_view secret = text::trim(*direct);
  if (secret.empty()) return std::optional<std::string>();
  if (!config::valid_secret(secret))
    return Error(Code::misconfigured, fmt::format("{} holds no key", name),
                 "It must hold the key and nothing else: no spaces, no line breaks");
  return std::optional<std::string>(secret);
}

ConfigSources process_sources(std::string file, std::vector<std::pair<std::string, std::string>> flags) {
  ConfigSources sources;
  sources.file = std::move(file);
  sources.flags = std::move(flags);
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view name = std::string_view(*entry).substr(0, std::string_view(*entry).find('='));
    if (name.starts_with("SENSORIUM_")) sources.environment_names.emplace_back(name);
  }
  sources.environment = [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
  return sources;
}

}  // namespace sensorium
