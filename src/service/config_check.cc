// What single values cannot tell: addresses, chains, engines nobody has, keys that are easy to steal.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/text.h"
#include "engine/registry.h"
#include "net/proxy.h"
#include "net/url.h"
#include "service/config_load.h"

namespace sensorium {
namespace config {
namespace {

constexpr std::size_t short_key = 16;
constexpr std::size_t longest_way = 64;  // of aliases through aliases; nobody means more

struct Listen {
  std::string host;
  int port = 0;
};

// "host:port" or "[v6]:port".
std::optional<Listen> parse_listen(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  const bool brackets = host.starts_with('[') && host.ends_with(']');
  if (brackets) host = host.substr(1, host.size() - 2);
  if (host.empty() || host.contains(':') != brackets || host.find_first_of(" /[]@") != std::string_view::npos)
    return std::nullopt;
  int port = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port < 0 || port > 65535)
    return std::nullopt;
  return Listen{text::lower(host), port};
}

bool everywhere(std::string_view host) noexcept { return host == "0.0.0.0" || host == "::"; }

class MeaningCheck {
 public:
  MeaningCheck(const Config& config, std::vector<Error>& errors) : config_(config), errors_(errors) {}

  void run() {
    listen_ = parse_listen(config_.server.listen);
    if (!listen_ && !config_.server.listen.empty())
      fail("server.listen",
           fmt::format("\"{}\" is not an address to listen on", text::printable(config_.server.listen)),
           "Write host:port, as 127.0.0.1:7373 or [::1]:7373");
    check_cache(config_.cache.backend);
    if (!config_.models.record.empty() && !config_.models.replay.empty())
      fail("models.replay", "Traffic cannot be recorded and replayed at the same time",
           "Leave out record or replay");
    for (const auto& [name, alias] : config_.aliases) check_alias(name, alias);
    for (const auto& [name, engine] : config_.engines) check_engine(name, engine);
  }

 private:
  void fail(const std::string& full_name, std::string_view message, std::string hint) {
    const std::string_view origin = config_.origin(full_name);
    errors_.push_back(Error(Code::misconfigured,
                            fmt::format("{}: {}", origin.empty() ? full_name : origin, message),
                            std::move(hint))
                          .at(full_name));
  }

  void check_cache(const std::string& backend) {
    if (backend.empty() || backend == "sqlite" || backend == "off" || backend.starts_with("redis://")) return;
    fail("cache.backend", fmt::format("\"{}\" is no place for answers", text::printable(backend)),
         "Write sqlite, redis://HOST:PORT/DB, or off");
  }

  // The names on the way to one that comes twice, or that is too far; empty when the chain ends.
  // `ending` are names known to end, so that each is followed once.
  std::vector<std::string> circle(const std::string& name, std::vector<std::string>& way,
                                  std::set<std::string>& ending) const {
    const bool again = std::ranges::find(way, name) != way.end();
    way.push_back(name);
    if (again || way.size() > longest_way) return way;
    const auto alias = config_.aliases.find(name);
    if (alias != config_.aliases.end() && !ending.contains(name))
      for (const std::string& next : alias->second.chain)
        if (auto found = circle(next, way, ending); !found.empty()) return found;
    ending.insert(name);
    way.pop_back();
    return {};
  }

  void check_alias(const std::string& name, const AliasConfig& alias) {
    const std::string key = fmt::format("models.alias.{}.chain", name);
    if (name == "auto" || find_engine(name))
      return fail(key, fmt::format("\"{}\" is a name of ours and cannot be an alias", name),
                  "Choose another name");
    if (alias.chain.empty())
      return fail(key, fmt::format("The alias \"{}\" has no chain", name), "List at least one model");
    if (std::ranges::any_of(alias.chain, &std::string::empty))
      return fail(key, fmt::format("The chain of \"{}\" has an empty name", name), "Remove it");
    std::vector<std::string> way;
    std::set<std::string> ending;
    if (!circle(name, way, ending).empty())
      fail(key,
           fmt::format("The chain goes in a circle: {}",
                       text::shorten(fmt::format("{}", fmt::join(way, " -> ")), 200)),
           "Remove one of these names");
  }

  void check_engine(const std::string& name, const EngineConfig& engine) {
    const std::string section = "engines." + name;
    if (!engine.type.empty() && !find_engine(engine.type)) return unknown_type(section, engine.type);
    const ProviderPreset* preset = find_preset(name);
    const bool remote =
        engine.type.empty() || std::ranges::any_of(provider_presets(), [&](const ProviderPreset& row) {
          return row.engine == engine.type;
        });
    if (engine.base_url.empty() && !preset && remote)
      return fail(section + ".base_url",
                  fmt::format("[{}] has no base_url, and no provider of that name is known", section),
                  "Give base_url, or name the section as the provider: see sensorium models ls --all");
    if (!engine.base_url.empty()) check_base_url(section + ".base_url", engine.base_url);
  }

  void unknown_type(const std::string& section, const std::string& type) {
    std::vector<std::string_view> names;
    for (const EngineDef* engine : engine_defs()) names.push_back(engine->name);
    const auto close = text::did_you_mean(type, names);
    fail(section + ".type", fmt::format("There is no engine \"{}\"", text::printable(type)),
         close ? fmt::format("Did you mean \"{}\"?", *close)
               : fmt::format("There are {}", fmt::join(names, ", ")));
  }

  void check_base_url(const std::string& key, const std::string& text) {
    const auto url = net::parse_url(text);
    if (!url) return fail(key, "base_url is not usable: " + url.error().message, url.error().hint);
    if (listen_ && listen_->port != 0 && url->port == std::to_string(listen_->port) && is_ours(url->host))
      fail(key, "base_url is the address of this service itself, which would call itself without end",
           "Give the address of the provider");
  }

  bool is_ours(const std::string& host) const {
    if (host == listen_->host || everywhere(host)) return true;
    return net::is_loopback(host) && (net::is_loopback(listen_->host) || everywhere(listen_->host));
  }

  const Config& config_;
  std::vector<Error>& errors_;
  std::optional<Listen> listen_;
};

class Warnings {
 public:
  explicit Warnings(const Config& config) : config_(config) {}

  std::vector<std::string> take() {
    listening();
    secrets_in_file();
    for (const auto& [name, key] : config_.keys) caller_key(name, key);
    for (const auto& [name, engine] : config_.engines) sending_key(name, engine);
    for (const auto& [name, alias] : config_.aliases)
      for (const std::string& model : alias.chain) chain_model(name, model);
    return std::move(out_);
  }

 private:
  void listening() {
    const auto listen = parse_listen(config_.server.listen);
    if (listen && !net::is_loopback(listen->host) && config_.keys.empty())
      out_.push_back(fmt::format(
          "server.listen = \"{}\" can be reached by others and no [keys.NAME] is set: sensorium serve "
          "will refuse to start without --no-auth",
          config_.server.listen));
  }

  void secrets_in_file() {
    struct stat facts{};
    if (config_.file.empty() || ::stat(config_.file.c_str(), &facts) != 0 ||
        (facts.st_mode & (S_IRGRP | S_IROTH)) == 0)
      return;
    for (const ConfigSetting& setting : config_.settings) {
      const bool secret = setting.key == "api_key" || setting.key == "key";
      if (secret && setting.origin.starts_with(config_.file + ":"))
        out_.push_back(
            fmt::format("{}: holds a key and can be read by other users: chmod 600 it, or use {}_file",
                        setting.origin, setting.key));
    }
  }

  void caller_key(const std::string& name, const KeyConfig& key) {
    if (key.key.empty())
      out_.push_back(fmt::format("[keys.{}] has neither key nor key_file and lets nobody in", name));
    else if (key.key.size() < short_key)
      out_.push_back(fmt::format("The key of [keys.{}] is shorter than {} characters and can be guessed",
                                 name, short_key));
    for (const auto& [other, value] : config_.keys)
      if (other < name && !key.key.empty() && value.key == key.key)
        out_.push_back(fmt::format("[keys.{}] and [keys.{}] have the same key", other, name));
  }

  void sending_key(const std::string& name, const EngineConfig& engine) {
    if (engine.api_key.empty() || engine.base_url.empty()) return;
    const auto url = net::parse_url(engine.base_url);
    if (url && url->scheme == "http" && !net::is_loopback(url->host))
      out_.push_back(
          fmt::format("[engines.{}] sends its key over http, where others can read it: use https", name));
  }

  void chain_model(const std::string& alias, const std::string& model) {
    const std::string provider = model.substr(0, model.find('/'));
    const bool known = config_.aliases.contains(model) || model == "auto" || find_engine(model) ||
                       (provider != model &&
                        (find_preset(provider) || config_.engines.contains(provider) || provider == "local"));
    if (!known)
      out_.push_back(
          fmt::format("[models.alias.{}]: \"{}\" is neither an alias nor PROVIDER/MODEL of a known provider",
                      alias, text::printable(model)));
  }

  const Config& config_;
  std::vector<std::string> out_;
};

}  // namespace

void check_meaning(const Config& config, std::vector<Error>& errors) { MeaningCheck(config, errors).run(); }

}  // namespace config

ConfigReport config_check(const ConfigSources& sources) {
  config::Loaded loaded = config::load(sources);
  return {.file = loaded.config.file,
          .errors = std::move(loaded.errors),
          .warnings = config::Warnings(loaded.config).take()};
}

}  // namespace sensorium
