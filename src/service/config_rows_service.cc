// Rows of the service itself: where it listens, what it logs, who may use it and how much.
#include "service/config_rows.h"

namespace sensorium::config {
namespace {

/// A limit, in [limits] for every key or in [keys.NAME] for one.
template <auto Field>
void into_default_limit(Config& config, std::string_view, const Value& value) {
  set(config.limits.per_key.*Field, value);
}
template <auto Field>
void into_key_limit(Config& config, std::string_view instance, const Value& value) {
  set(config.keys[std::string(instance)].limits.*Field, value);
}

// The same limits stand in two sections; a macro, because a table's rows must be constants.
#define SN_LIMIT_KEY(into_limit, key, value_type, what, most, sample)                \
  ConfigKey {                                                                        \
    .option = {.name = #key, .type = value_type, .default_value = "", .help = what}, \
    .assign = into_limit<&CallerLimits::key>, .bounds = {0, most}, .example = sample \
  }
#define SN_LIMIT_KEYS(into_limit)                                                                            \
  SN_LIMIT_KEY(into_limit, rpm, Type::integer, "requests per minute of a key", limit_most, "60"),            \
      SN_LIMIT_KEY(into_limit, tpm, Type::integer, "tokens per minute of a key, in and out", limit_most,     \
                   "100000"),                                                                                \
      SN_LIMIT_KEY(into_limit, megapixels_per_minute, Type::integer,                                         \
                   "megapixels of pictures and frames per minute of a key", limit_most, "500"),              \
      SN_LIMIT_KEY(into_limit, audio_seconds_per_minute, Type::integer,                                      \
                   "seconds of sound per minute of a key", limit_most, "600"),                               \
      SN_LIMIT_KEY(into_limit, concurrency, Type::integer, "requests of a key at the same time", limit_most, \
                   "8"),                                                                                     \
      SN_LIMIT_KEY(into_limit, max_cost_usd_per_day, Type::number,                                           \
                   "money that a key may spend in a day, in USD", 1e6, "5.0")

constexpr std::array server{
    ConfigKey{.option = {.name = "listen",
                         .type = Type::text,
                         .default_value = "127.0.0.1:7373",
                         .help = "address and port; port 0 takes a free one"},
              .assign = into<&Config::server, &ServerConfig::listen>},
    ConfigKey{.option = {.name = "workers",
                         .type = Type::integer,
                         .default_value = "0",
                         .help = "event loops, each on its own thread; 0 means one per core"},
              .assign = into<&Config::server, &ServerConfig::workers>,
              .bounds = {0, 1024}},
    ConfigKey{.option = {.name = "max_body_mb",
                         .type = Type::size,
                         .default_value = "64",
                         .help = "largest request body, in MiB"},
              .assign = into<&Config::server, &ServerConfig::max_body>,
              .bounds = {1, megabytes_most}},
    ConfigKey{.option = {.name = "drain_seconds",
                         .type = Type::duration,
                         .default_value = "30",
                         .help = "how long requests in flight may take after SIGTERM"},
              .assign = into<&Config::server, &ServerConfig::drain>,
              .bounds = {0, day}},
    ConfigKey{.option = {.name = "state_dir",
                         .type = Type::path,
                         .default_value = "",
                         .help = "database, blobs and spool; without it $XDG_STATE_HOME/sensorium"},
              .assign = into<&Config::server, &ServerConfig::state_dir>,
              .example = "\"/var/lib/sensorium\""},
    ConfigKey{
        .option = {.name = "resume_s",
                   .type = Type::duration,
                   .default_value = "0",
                   .help =
                       "how long a stream whose client has gone goes on, so that it can be attached again"},
        .assign = into<&Config::server, &ServerConfig::resume>,
        .bounds = {0, day}},
};

constexpr std::array logging{
    ConfigKey{.option = {.name = "level",
                         .type = Type::choice,
                         .default_value = "warning",
                         .help = "the least important events that are logged",
                         .choices = "debug|info|warning|error|off"},
              .assign = into<&Config::log, &LogConfig::level>},
    ConfigKey{.option = {.name = "format",
                         .type = Type::choice,
                         .default_value = "text",
                         .help = "lines for people or for programs",
                         .choices = "text|json"},
              .assign = into<&Config::log, &LogConfig::format>},
};

constexpr std::array limits{
    ConfigKey{
        .option = {.name = "backend",
                   .type = Type::text,
                   .default_value = "memory",
                   .help = "where limits are counted: memory (this process), or redis://HOST:PORT/DB so "
                           "that many processes and machines share them"},
        .assign = into<&Config::limits, &LimitsConfig::backend>},
    SN_LIMIT_KEYS(into_default_limit),
};

constexpr std::array key{
    ConfigKey{.option = {.name = "key",
                         .type = Type::text,
                         .default_value = "",
                         .help = "the key itself; better in a file"},
              .assign = into<&Config::keys, &KeyConfig::key>,
              .trait = KeyTrait::secret,
              .example = "\"...\""},
    ConfigKey{.option = {.name = "key_file",
                         .type = Type::path,
                         .default_value = "",
                         .help = "file that holds the key and nothing else"},
              .assign = into<&Config::keys, &KeyConfig::key_file>,
              .example = "\"/run/secrets/sensorium_key\""},
    SN_LIMIT_KEYS(into_key_limit),
};
#undef SN_LIMIT_KEYS
#undef SN_LIMIT_KEY

}  // namespace

const ConfigSection server_section{"server", "The HTTP service", "", server, create<&Config::server>};
const ConfigSection log_section{"log", "What is logged to stderr", "", logging, create<&Config::log>};
const ConfigSection limits_section{"limits", "What each caller may use", "", limits, create<&Config::limits>};
const ConfigSection keys_section{"keys",
                                 "A key that callers of the service may use; without any, none is asked for",
                                 "laptop", key, create<&Config::keys>};

}  // namespace sensorium::config
