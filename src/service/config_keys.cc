// The tables. To add a key: one field in config.h, one row here; everything else follows.
#include "service/config_keys.h"

#include <algorithm>

namespace sensorium::config {
namespace {

using Type = OptionDef::Type;

// ---- from a value to a field

void set(std::string& field, const Value& value) {
  if (const auto* choice = std::get_if<Choice>(&value)) field = choice->name;
  else field = std::get<std::string>(value);
}
template <class Enum>
  requires std::is_enum_v<Enum>
void set(Enum& field, const Value& value) {
  field = static_cast<Enum>(std::get<Choice>(value).index);  // the choices stand in the order of the enum
}
template <class Field>
  requires(!std::is_enum_v<Field>)
void set(Field& field, const Value& value) {
  field = std::get<Field>(value);
}
template <class Field>
void set(std::optional<Field>& field, const Value& value) {
  field = std::get<Field>(value);
}

template <class Section>
concept Named = requires { typename Section::mapped_type; };

template <auto Section, auto Field>
void into(Config& config, std::string_view instance, const Value& value) {
  auto& section = config.*Section;
  if constexpr (Named<std::remove_reference_t<decltype(section)>>) {
    set(section[std::string(instance)].*Field, value);
  } else {
    set(section.*Field, value);
  }
}

/// A limit, in [limits] for every key or in [keys.NAME] for one.
template <auto Field>
void into_default_limit(Config& config, std::string_view, const Value& value) {
  set(config.limits.per_key.*Field, value);
}
template <auto Field>
void into_key_limit(Config& config, std::string_view instance, const Value& value) {
  set(config.keys[std::string(instance)].limits.*Field, value);
}

template <auto Section>
void create(Config& config, std::string_view instance) {
  auto& section = config.*Section;
  if constexpr (Named<std::remove_reference_t<decltype(section)>>) section[std::string(instance)];
}

// ---- the tables

constexpr double day = 86'400, year = 366 * day;
constexpr double megabytes_most = 1 << 20;
constexpr double limit_most = 1e9;

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
constexpr double most_pixels = 1e9;  // of one picture that is sent

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

constexpr std::array models{
    ConfigKey{.option = {.name = "default",
                         .type = Type::text,
                         .default_value = "auto",
                         .help = "model for requests that name none; auto takes the first provider with a "
                                 "key, then a local model, then the reader"},
              .assign = into<&Config::models, &ModelsConfig::default_model>},
    ConfigKey{.option = {.name = "record",
                         .type = Type::path,
                         .default_value = "",
                         .help = "folder that engine traffic is recorded into, without keys; for tests"},
              .assign = into<&Config::models, &ModelsConfig::record>,
              .example = "\"recordings\""},
    ConfigKey{.option = {.name = "replay",
                         .type = Type::path,
                         .default_value = "",
                         .help = "folder whose recorded traffic is played instead of calling providers"},
              .assign = into<&Config::models, &ModelsConfig::replay>,
              .example = "\"recordings\""},
    ConfigKey{.option = {.name = "timeout_s",
                         .type = Type::duration,
                         .default_value = "600",
                         .help = "longest time of a whole call"},
              .assign = into<&Config::models, &ModelsConfig::timeout>,
              .bounds = {0.1, day}},
    ConfigKey{.option = {.name = "table",
                         .type = Type::path,
                         .default_value = "",
                         .help = "limits, token rules and prices of models, instead of those built in; "
                                 "docs/reference/token-rules.md tells its form"},
              .assign = into<&Config::models, &ModelsConfig::table>,
              .trait = KeyTrait::file_only,
              .example = "\"/etc/sensorium/models.json\""},
};

constexpr std::array alias{
    ConfigKey{
        .option = {.name = "chain",
                   .type = Type::list,
                   .default_value = "",
                   .help =
                       "models in the order to try: provider/model, local/name, reader, or another alias"},
        .assign = into<&Config::aliases, &AliasConfig::chain>,
        .example = R"(["openai/gpt-6-luna", "qwen/qwen3-vl-flash", "reader"])"},
    ConfigKey{.option = {.name = "max_cost_usd",
                         .type = Type::number,
                         .default_value = "",
                         .help = "most that one question may cost, over all its calls, in USD"},
              .assign = into<&Config::aliases, &AliasConfig::max_cost>,
              .bounds = {0, 1e6},
              .example = "0.05"},
    ConfigKey{.option = {.name = "hedge_after_ms",
                         .type = Type::integer,
                         .default_value = "0",
                         .help = "ask the next model too when the first has said nothing for so long; the "
                                 "first to speak answers, the other is stopped; 0 never does"},
              .assign =
                  [](Config& config, std::string_view instance, const Value& value) {
                    config.aliases[std::string(instance)].hedge_after =
                        Milliseconds(std::get<std::int64_t>(value));
                  },
              .bounds = {0, 600'000}},
};

constexpr std::array engine{
    ConfigKey{.option = {.name = "type",
                         .type = Type::text,
                         .default_value = "",
                         .help = "kind of engine; without it that of the preset of this name, else openai"},
              .assign = into<&Config::engines, &EngineConfig::type>,
              .example = "\"openai\""},
    ConfigKey{.option = {.name = "base_url",
                         .type = Type::text,
                         .default_value = "",
                         .help = "address of the API; without it that of the preset of this name"},
              .assign = into<&Config::engines, &EngineConfig::base_url>,
              .trait = KeyTrait::file_only,
              .example = "\"https://api.example.com/v1\""},
    ConfigKey{.option = {.name = "api_key",
                         .type = Type::text,
                         .default_value = "",
                         .help = "the key itself; better in a file or in the provider's own variable"},
              .assign = into<&Config::engines, &EngineConfig::api_key>,
              .trait = KeyTrait::secret,
              .example = "\"sk-...\""},
    ConfigKey{.option = {.name = "api_key_file",
                         .type = Type::path,
                         .default_value = "",
                         .help = "file that holds the key and nothing else"},
              .assign = into<&Config::engines, &EngineConfig::api_key_file>,
              .example = "\"/run/secrets/openai_api_key\""},
    ConfigKey{.option = {.name = "timeout_connect_s",
                         .type = Type::duration,
                         .default_value = "",
                         .help = "longest time to connect; without it 10"},
              .assign = into<&Config::engines, &EngineConfig::connect>,
              .bounds = {0.01, day},
              .example = "10"},
    ConfigKey{.option = {.name = "timeout_first_token_s",
                         .type = Type::duration,
                         .default_value = "",
                         .help = "longest wait for the first token; without it 60, or 300 for local models"},
              .assign = into<&Config::engines, &EngineConfig::first_token>,
              .bounds = {0.01, day},
              .example = "60"},
    ConfigKey{.option = {.name = "timeout_idle_s",
                         .type = Type::duration,
                         .default_value = "",
                         .help = "longest silence between two tokens; without it 30"},
              .assign = into<&Config::engines, &EngineConfig::idle>,
              .bounds = {0.01, day},
              .example = "30"},
    ConfigKey{.option = {.name = "retries",
                         .type = Type::integer,
                         .default_value = "2",
                         .help = "further attempts after a failure that may pass"},
              .assign = into<&Config::engines, &EngineConfig::retries>,
              .bounds = {0, 10}},
    ConfigKey{.option = {.name = "rpm",
                         .type = Type::integer,
                         .default_value = "0",
                         .help = "requests per minute that this key may send; 0 means no limit"},
              .assign = into<&Config::engines, &EngineConfig::rpm>,
              .bounds = {0, limit_most}},
    ConfigKey{.option = {.name = "tpm",
                         .type = Type::integer,
                         .default_value = "0",
                         .help = "tokens per minute, in and out; 0 means no limit"},
              .assign = into<&Config::engines, &EngineConfig::tpm>,
              .bounds = {0, limit_most}},
    ConfigKey{.option = {.name = "concurrency",
                         .type = Type::integer,
                         .default_value = "0",
                         .help = "requests at the same time; 0 means no limit"},
              .assign = into<&Config::engines, &EngineConfig::concurrency>,
              .bounds = {0, limit_most}},
    ConfigKey{.option = {.name = "min_tokens_per_s",
                         .type = Type::integer,
                         .default_value = "0",
                         .help = "a stream that begins slower counts as failed while another model can be "
                                 "asked; its first tokens are held back until that is known; 0 takes any"},
              .assign = into<&Config::engines, &EngineConfig::min_tokens_per_s>,
              .bounds = {0, 10'000}},
    ConfigKey{.option = {.name = "min_pixels",
                         .type = Type::integer,
                         .default_value = "0",
                         .help = "Qwen-VL: smaller pictures are enlarged to this area; 0 leaves it to the "
                                 "provider"},
              .assign = into<&Config::engines, &EngineConfig::min_pixels>,
              .bounds = {0, most_pixels}},
    ConfigKey{.option = {.name = "max_pixels",
                         .type = Type::integer,
                         .default_value = "0",
                         .help = "Qwen-VL: larger pictures are shrunk to this area; 0 leaves it to the "
                                 "provider"},
              .assign = into<&Config::engines, &EngineConfig::max_pixels>,
              .bounds = {0, most_pixels}},
    ConfigKey{.option = {.name = "high_resolution",
                         .type = Type::boolean,
                         .default_value = "false",
                         .help = "Qwen-VL at DashScope: up to 16,384 tokens a picture instead of 2,560"},
              .assign = into<&Config::engines, &EngineConfig::high_resolution>},
};

constexpr std::array local{
    ConfigKey{.option = {.name = "models_dir",
                         .type = Type::path,
                         .default_value = "",
                         .help = "where models are kept; without it $XDG_DATA_HOME/sensorium/models"},
              .assign = into<&Config::local, &LocalConfig::models_dir>,
              .example = "\"/srv/models\""},
    ConfigKey{.option = {.name = "keep_warm_s",
                         .type = Type::duration,
                         .default_value = "300",
                         .help = "how long an idle model stays loaded; 0 means for ever"},
              .assign = into<&Config::local, &LocalConfig::keep_warm>,
              .bounds = {0, year}},
    ConfigKey{.option = {.name = "gpu",
                         .type = Type::choice,
                         .default_value = "auto",
                         .help = "whether local models use the graphics card",
                         .choices = "auto|on|off"},
              .assign = into<&Config::local, &LocalConfig::gpu>},
    ConfigKey{.option = {.name = "max_memory_mb",
                         .type = Type::size,
                         .default_value = "0",
                         .help = "for all local models together, in MiB; 0 means what the machine has free"},
              .assign = into<&Config::local, &LocalConfig::max_memory>,
              .bounds = {0, 64 * megabytes_most}},
    ConfigKey{.option = {.name = "llama_server",
                         .type = Type::text,
                         .default_value = "",
                         .help = "the program llama-server; without it, searched for"},
              .assign = into<&Config::local, &LocalConfig::llama_server>,
              .trait = KeyTrait::file_only,
              .example = "\"/usr/local/bin/llama-server\""},
    ConfigKey{.option = {.name = "reader",
                         .type = Type::text,
                         .default_value = "",
                         .help = "the program sensorium-reader; without it, searched for"},
              .assign = into<&Config::local, &LocalConfig::reader>,
              .trait = KeyTrait::file_only,
              .example = "\"/usr/local/bin/sensorium-reader\""},
};

constexpr std::array media{
    ConfigKey{.option = {.name = "max_megapixels",
                         .type = Type::integer,
                         .default_value = "100",
                         .help = "largest picture, all its frames together, in millions of pixels"},
              .assign = into<&Config::media, &MediaConfig::max_megapixels>,
              .bounds = {1, 10'000}},
    ConfigKey{.option = {.name = "max_bytes_mb",
                         .type = Type::size,
                         .default_value = "64",
                         .help = "largest picture file, in MiB"},
              .assign = into<&Config::media, &MediaConfig::max_bytes>,
              .bounds = {1, megabytes_most}},
    ConfigKey{.option = {.name = "max_decode_memory_mb",
                         .type = Type::size,
                         .default_value = "1024",
                         .help = "memory for all pictures that are decoded at the same time, in MiB"},
              .assign = into<&Config::media, &MediaConfig::max_decode_memory>,
              .bounds = {16, megabytes_most}},
    ConfigKey{.option = {.name = "allow_hosts",
                         .type = Type::list,
                         .default_value = "",
                         .help = "when given, media are fetched from these hosts only: host[:port], where * "
                                 "stands for any characters"},
              .assign = into<&Config::media, &MediaConfig::allow_hosts>,
              .example = R"(["*.example.com", "media.example.org:8443"])"},
    ConfigKey{.option = {.name = "deny_hosts",
                         .type = Type::list,
                         .default_value = "",
                         .help = "hosts and addresses from which media are never fetched"},
              .assign = into<&Config::media, &MediaConfig::deny_hosts>,
              .example = R"(["ads.example.com", "198.51.100.*"])"},
    ConfigKey{.option = {.name = "fetch_timeout_s",
                         .type = Type::duration,
                         .default_value = "60",
                         .help = "longest time to fetch one URL, redirects included"},
              .assign = into<&Config::media, &MediaConfig::fetch_timeout>,
              .bounds = {0.1, day}},
    ConfigKey{
        .option = {.name = "urls",
                   .type = Type::choice,
                   .default_value = "fetch",
                   .help = "fetch: we fetch pictures and send what the model accepts; pass: engines that "
                           "fetch by themselves get the address as it is",
                   .choices = "fetch|pass"},
        .assign = into<&Config::media, &MediaConfig::urls>},
    ConfigKey{
        .option = {.name = "proxy",
                   .type = Type::choice,
                   .default_value = "tunnel",
                   .help = "HTTP_PROXY and HTTPS_PROXY for media: tunnel to the address that was checked; "
                           "trust the proxy to resolve and refuse; never use it",
                   .choices = "tunnel|trust|never"},
        .assign = into<&Config::media, &MediaConfig::proxy>},
    ConfigKey{.option = {.name = "allow_private_addresses",
                         .type = Type::boolean,
                         .default_value = "false",
                         .help = "whether media may be fetched from private and loopback addresses"},
              .assign = into<&Config::media, &MediaConfig::allow_private_addresses>},
};

constexpr std::array cache{
    ConfigKey{
        .option = {.name = "backend",
                   .type = Type::text,
                   .default_value = "sqlite",
                   .help = "where answers are kept: sqlite (in state_dir), redis://HOST:PORT/DB, or off"},
        .assign = into<&Config::cache, &CacheConfig::backend>},
    ConfigKey{.option = {.name = "ttl_s",
                         .type = Type::duration,
                         .default_value = "3600",
                         .help = "how long an answer may be given again"},
              .assign = into<&Config::cache, &CacheConfig::ttl>,
              .bounds = {1, year}},
    ConfigKey{.option = {.name = "max_mb",
                         .type = Type::size,
                         .default_value = "256",
                         .help = "all kept answers together, in MiB; the longest unused go first"},
              .assign = into<&Config::cache, &CacheConfig::max_size>,
              .bounds = {1, megabytes_most}},
    ConfigKey{.option = {.name = "prepared_mb",
                         .type = Type::size,
                         .default_value = "64",
                         .help = "prepared pictures in memory, in MiB; 0 keeps none"},
              .assign = into<&Config::cache, &CacheConfig::prepared>,
              .bounds = {0, megabytes_most}},
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

constexpr std::array all{
    ConfigSection{"server", "The HTTP service", "", server, create<&Config::server>},
    ConfigSection{"models", "Which model answers", "", models, create<&Config::models>},
    ConfigSection{"models.alias",
                  "A name of your own for a chain of models: the next is tried when one fails", "fast", alias,
                  create<&Config::aliases>},
    ConfigSection{"engines", "A provider, known (openai, qwen, gemini, ollama, ...) or your own", "openai",
                  engine, create<&Config::engines>},
    ConfigSection{"local", "Models that run on this machine", "", local, create<&Config::local>},
    ConfigSection{"media", "Pictures and other media: limits, and what may be fetched", "", media,
                  create<&Config::media>},
    ConfigSection{"cache", "Answers and pictures that are kept", "", cache, create<&Config::cache>},
    ConfigSection{"log", "What is logged to stderr", "", logging, create<&Config::log>},
    ConfigSection{"limits", "What each caller may use", "", limits, create<&Config::limits>},
    ConfigSection{"keys", "A key that callers of the service may use; without any, none is asked for",
                  "laptop", key, create<&Config::keys>},
};

}  // namespace

std::span<const ConfigSection> sections() noexcept { return all; }

const ConfigKey* find_key(const ConfigSection& section, std::string_view name) noexcept {
  const auto found =
      std::ranges::find(section.keys, name, [](const ConfigKey& row) { return row.option.name; });
  return found == section.keys.end() ? nullptr : &*found;
}

std::string section_name(const ConfigSection& section, std::string_view instance) {
  std::string name(section.path);
  if (section.named()) name.append(".").append(instance);
  return name;
}

std::string variable_name(const ConfigSection& section, std::string_view instance, std::string_view key) {
  std::string name = "SENSORIUM_";
  const auto append = [&](std::string_view words) {
    for (const char c : words) {
      if (c >= 'a' && c <= 'z') name += static_cast<char>(c - 'a' + 'A');
      else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) name += c;
      else name += c == '.' ? "__" : "_";
    }
  };
  append(section.path);
  if (section.named()) {
    name += "__";
    for (const char c : instance) append(c == '.' ? "_" : std::string_view(&c, 1));
  }
  name += "__";
  append(key);
  return name;
}

}  // namespace sensorium::config
