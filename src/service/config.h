// The configuration: one TOML file, the environment and flags, read once into plain structs.
// Surprising: every key is described once, in config_keys.cc; defaults, ranges, help, the schema, the
// template and the reference page are made from those rows. A secret is never printed.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/call_context.h"
#include "base/log.h"
#include "base/result.h"

namespace sensorium {

/// A size as the `_mb` keys give it.
struct Mebibytes {
  std::int64_t count = 0;
  constexpr std::int64_t bytes() const noexcept { return count << 20; }
};

struct ServerConfig {
  std::string listen;      ///< "127.0.0.1:7373", "[::1]:0"
  std::int64_t workers{};  ///< shards; 0: one per core
  Mebibytes max_body;
  Milliseconds drain{};
  std::string state_dir;  ///< absolute; the default is filled in
  Milliseconds resume{};  ///< how long a stream whose client left goes on
};

struct AliasConfig {
  std::vector<std::string> chain;  ///< model names in the order to try; not empty
  std::optional<double> max_cost;  ///< USD, over all calls for one question
  Milliseconds hedge_after{};      ///< also ask the next model when the first is silent; 0: never
};

struct ModelsConfig {
  std::string record, replay;  ///< folders of engine traffic; at most one of the two
  std::string default_model;
  Milliseconds timeout{};  ///< of a whole call
  std::string table;       ///< a model table of the user's own; "" means the one that ships
};

/// One provider. What is not set is the business of its preset.
struct EngineConfig {
  std::string type;      ///< EngineDef name; "" means the preset of this name, else "openai"
  std::string base_url;  ///< "" means the preset's
  std::string api_key;   ///< a secret; read from api_key_file where that is given
  std::string api_key_file;
  std::optional<Milliseconds> connect, first_token, idle;
  std::int64_t retries{};
  std::int64_t rpm{}, tpm{}, concurrency{};  ///< of this credential; 0: no limit
  std::int64_t min_tokens_per_s{};           ///< slower streams count as failed; 0: any speed
  std::int64_t min_pixels{}, max_pixels{};   ///< of a Qwen-VL picture; 0: the provider's own
  bool high_resolution{};                    ///< Qwen-VL at DashScope
};

enum class GpuUse : unsigned char { automatic, on, off };

struct LocalConfig {
  std::string models_dir;  ///< absolute; the default is filled in
  std::string cache_dir;   ///< $XDG_CACHE_HOME/sensorium: engines built, prepared pictures
  Milliseconds keep_warm{};
  GpuUse gpu = GpuUse::automatic;
  Mebibytes max_memory;              ///< for all children together; 0: what the machine has free
  std::string llama_server, reader;  ///< programs; "" searches for them
};

/// How pictures behind URLs reach an engine that could fetch them itself.
enum class UrlUse : unsigned char { fetch, pass };
/// How the proxy of the environment is used for media: NOTE the order is that of net::ProxyUse.
enum class MediaProxy : unsigned char { tunnel, trust, never };

struct MediaConfig {
  std::int64_t max_megapixels{};
  Mebibytes max_bytes;
  Mebibytes max_decode_memory;
  std::vector<std::string> allow_hosts, deny_hosts;  ///< host[:port] with `*`
  bool allow_private_addresses = false;
  Milliseconds fetch_timeout{};
  UrlUse urls = UrlUse::fetch;
  MediaProxy proxy = MediaProxy::tunnel;
};

/// Earlier answers and prepared pictures.
struct CacheConfig {
  std::string backend;  ///< "sqlite", "off" or "redis://HOST:PORT/DB"
  Milliseconds ttl{};
  Mebibytes max_size;
  Mebibytes prepared;  ///< prepared pictures in memory; 0: none
};

struct LogConfig {
  log::Level level = log::Level::warning;
  log::Format format = log::Format::text;
};

/// What one caller may use; nothing: no limit.
struct CallerLimits {
  std::optional<std::int64_t> rpm, tpm, megapixels_per_minute, audio_seconds_per_minute, concurrency;
  std::optional<double> max_cost_usd_per_day;
};

struct LimitsConfig {
  std::string backend;   ///< "memory", or "redis://HOST:PORT/DB" for many processes that share one budget
  CallerLimits per_key;  ///< of each key that has none of its own
};

/// A key that callers of the service may use.
struct KeyConfig {
  std::string key;  ///< a secret; read from key_file where that is given
  std::string key_file;
  CallerLimits limits = {};  ///< where set, instead of those of [limits]
};

/// One key as it is in force, for `config show` and `doctor`.
struct ConfigSetting {
  std::string section;  ///< "server", "engines.openai"
  std::string key;      ///< "listen"
  std::string value;    ///< as TOML; "" when not set; a secret is masked
  std::string
      origin;  ///< "flag", "environment SENSORIUM_SERVER__LISTEN", "/path/sensorium.toml:3:1", "default"
};

/// Immutable once loaded.
struct Config {
  ServerConfig server;
  ModelsConfig models;
  std::map<std::string, AliasConfig> aliases;
  std::map<std::string, EngineConfig> engines;
  LocalConfig local;
  MediaConfig media;
  CacheConfig cache;
  LogConfig log;
  LimitsConfig limits;
  std::map<std::string, KeyConfig> keys;

  std::string file;                     ///< the file in use, "" when there is none
  std::vector<ConfigSetting> settings;  ///< every key, in the order of the reference

  /// "server.listen" -> its origin; "" for a key that does not exist.
  std::string_view origin(std::string_view full_key) const noexcept;
};

/// The value of a variable, nothing when it is not set.
using EnvironmentLookup = std::function<std::optional<std::string>(std::string_view name)>;

/// Where the configuration comes from. The default is no file, no environment, no flags.
struct ConfigSources {
  std::string file;  ///< --config; must exist when given
  EnvironmentLookup environment;
  /// Names of the variables that exist; those that begin with SENSORIUM_ and hold "__" must be known.
  std::vector<std::string> environment_names;
  std::vector<std::pair<std::string, std::string>> flags;  ///< {"server.listen", "127.0.0.1:0"}
  std::string working_folder;  ///< where ./sensorium.toml is looked for; "" for here
  std::string system_file = "/etc/sensorium/config.toml";
};

/// The sources of this process: its environment, and the file and flags given.
ConfigSources process_sources(std::string file = {},
                              std::vector<std::pair<std::string, std::string>> flags = {});

/// Blocking (reads files). The first mistake as Error(misconfigured), whose notes name the others.
Result<Config> load_config(const ConfigSources& sources);
/// The same with `text` in place of the file; `name` stands in messages.
Result<Config> parse_config(std::string_view text, std::string_view name, const ConfigSources& sources);

/// All that is wrong, and all that is allowed but probably not meant.
struct ConfigReport {
  std::string file;  ///< "" when there is none
  std::vector<Error> errors;
  std::vector<std::string> warnings;
};
ConfigReport config_check(const ConfigSources& sources);

enum class ShowOrigin : bool { no, yes };
/// TOML of what is in force; secrets are masked.
std::string config_show(const Config& config, ShowOrigin show_origin);
/// JSON Schema (2020-12) of the file.
std::string config_schema_json();
/// A file with every key as a comment, for `config init`.
std::string config_template();
/// The reference page, docs/reference/config.md.
std::string config_reference();

/// A secret from variable `name`, or from the file that variable `name`_FILE names; nothing when neither
/// is set or they are empty. Blocking. Errors: misconfigured (both set, file not readable, not a key).
Result<std::optional<std::string>> secret_from_environment(const EnvironmentLookup& environment,
                                                           std::string_view name);

}  // namespace sensorium
