// Rows of what goes in and what is kept: media and their limits, the caches.
#include "service/config_rows.h"

namespace sensorium::config {
namespace {

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

}  // namespace

const ConfigSection media_section{"media", "Pictures and other media: limits, and what may be fetched", "",
                                  media, create<&Config::media>};
const ConfigSection cache_section{"cache", "Answers and pictures that are kept", "", cache,
                                  create<&Config::cache>};

}  // namespace sensorium::config
