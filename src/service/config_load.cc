// Collects every value from the file, the environment and the flags under its full name, later sources
// over earlier ones, then fills the structs from the rows. Mistakes are collected, not thrown away.
#include "service/config_load.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "service/config_file.h"
#include "service/config_names.h"
#include "service/config_toml.h"

namespace sensorium::config {
namespace {

struct Found {
  RawValue value;
  std::string origin;
  std::string base;  // relative paths are meant from here
};

constexpr std::string_view mask = "********";

std::string folder_of(std::string_view file) {
  const std::size_t slash = file.rfind('/');
  return slash == std::string_view::npos ? std::string()
                                         : std::string(file.substr(0, std::max<std::size_t>(slash, 1)));
}

class Loader {
 public:
  explicit Loader(const ConfigSources& sources) : sources_(sources), folders_(folders(sources)) {}

  void file(std::string_view text, const std::string& name);
  void environment();
  void flags();
  Loaded finish();

 private:
  void fail(Error error) { out_.errors.push_back(std::move(error)); }
  bool entry(TomlEntry& entry);
  void variable_named(const std::string& name, const Target& target);
  void put(const Target& target, Found found);
  void fill(const ConfigSection& section, const std::string& instance);
  void fill_key(const ConfigSection& section, const std::string& instance, const ConfigKey& key);
  void fill_folders();
  void read_key_files();
  void read_key_file(const std::string& section, std::string_view key, std::string& value,
                     const std::string& file);
  Error at_key(const std::string& full_name, std::string message, std::string hint) const;

  const ConfigSources& sources_;
  Folders folders_;
  Loaded out_;
  std::map<std::string, Found> found_;  // by full name
  Instances instances_;
};

// ---- collecting

void Loader::put(const Target& target, Found found) {
  if (target.section->named() && !valid_instance(target.instance)) {
    fail(Error(Code::misconfigured,
               fmt::format("{}: \"{}\" cannot be a name", found.origin,
                           text::printable(text::shorten(target.instance, 40))),
               "Names are letters, digits, '-', '_' and '.', at most 64"));
    return;
  }
  if (target.section->named()) instances_[target.section->path].insert(target.instance);
  if (!target.key) return;
  found_[section_name(*target.section, target.instance) + "." + std::string(target.key->option.name)] =
      std::move(found);
}

// True when nothing below this entry needs to be looked at.
bool Loader::entry(TomlEntry& entry) {
  auto target = find_target(entry.path, entry.place);
  if (!target) {
    fail(std::move(target).error());
    return true;
  }
  if (!target->key && !entry.section) {
    fail(Error(Code::misconfigured,
               fmt::format("{}: `{}` must be a section", entry.place, dotted(entry.path)),
               fmt::format("Write [{}] on a line of its own and its keys below", dotted(entry.path)))
             .at(dotted(entry.path)));
  } else if (target->section) {
    put(*target, {std::move(entry.value), std::move(entry.place), folder_of(out_.config.file)});
  }
  return target->key != nullptr;
}

void Loader::file(std::string_view text, const std::string& name) {
  out_.config.file = name;
  auto entries = read_toml(text, name);
  if (!entries) return fail(std::move(entries).error());
  std::optional<std::vector<std::string>> done;
  for (TomlEntry& next : *entries) {
    const bool below =
        done && next.path.size() > done->size() && std::equal(done->begin(), done->end(), next.path.begin());
    if (!below && entry(next)) done = next.path;
  }
}

void Loader::variable_named(const std::string& name, const Target& target) {
  auto value = variable(sources_, name);
  if (!value) return;
  const std::string origin = "environment " + text::printable(name);
  if (target.key->trait == KeyTrait::file_only)
    return fail(Error(Code::misconfigured,
                      fmt::format("{}: `{}` can be set in the file only", origin, target.key->option.name),
                      "Unset the variable and write the key into sensorium.toml"));
  put(target, {{*std::move(value), Spelling::text}, origin, {}});
}

void Loader::environment() {
  if (!sources_.environment) return;
  const auto known = known_variables(instances_);
  for (const auto& [name, target] : known) variable_named(name, target);
  for (const std::string& name : sources_.environment_names) {
    if (!name.starts_with("SENSORIUM_") || !name.contains("__") || known.contains(name)) continue;
    if (!variable(sources_, name)) continue;
    auto target = find_variable(name);
    if (target) variable_named(name, *target);
    else fail(std::move(target).error());
  }
}

void Loader::flags() {
  for (const auto& [full_name, value] : sources_.flags) {
    const auto parts = text::split(full_name, '.');
    const std::vector<std::string> path(parts.begin(), parts.end());
    auto target = find_target(path, "flag");
    if (!target) {
      fail(std::move(target).error());
    } else if (!target->key) {
      fail(Error(Code::misconfigured, fmt::format("flag: `{}` is a section", dotted(path)),
                 "Name one of its keys"));
    } else if (target->key->trait == KeyTrait::file_only) {
      fail(Error(Code::misconfigured, fmt::format("flag: `{}` can be set in the file only", dotted(path)),
                 "Write it into sensorium.toml"));
    } else {
      put(*target, {{value, Spelling::text}, "flag", {}});
    }
  }
}

// ---- filling

void Loader::fill_key(const ConfigSection& section, const std::string& instance, const ConfigKey& key) {
  const OptionDef& option = key.option;
  ConfigSetting setting{.section = section_name(section, instance),
                        .key = std::string(option.name),
                        .value = {},
                        .origin = "default"};
  const std::string full_name = setting.section + "." + setting.key;
  Found found{{std::string(option.default_value), Spelling::text}, "default", {}};
  const auto given = found_.find(full_name);
  if (given != found_.end()) found = std::move(given->second);
  setting.origin = found.origin;
  if (given != found_.end() || !option.default_value.empty()) {
    auto value = convert(option, key.bounds, found.value);
    if (!value)
      return fail(Error(Code::misconfigured,
                        fmt::format("{}: `{}` must be {}", found.origin, full_name, value.error().wanted),
                        key.trait == KeyTrait::secret ? std::string() : "Found " + value.error().found)
                      .at(full_name));
    auto* path = option.type == OptionDef::Type::path ? std::get_if<std::string>(&*value) : nullptr;
    if (path && !path->empty()) *path = resolve(*path, found.base, folders_);
    key.assign(out_.config, instance, *value);
    setting.value = key.trait == KeyTrait::secret ? text::json_quote(mask) : to_toml(*value);
  }
  out_.config.settings.push_back(std::move(setting));
}

void Loader::fill(const ConfigSection& section, const std::string& instance) {
  section.create(out_.config, instance);
  for (const ConfigKey& key : section.keys) fill_key(section, instance, key);
}

void Loader::fill_folders() {
  Config& config = out_.config;
  const auto fill = [&](std::string& folder, std::string_view section, std::string_view key,
                        const std::string& standard) {
    if (!folder.empty()) return;
    folder = standard;
    for (ConfigSetting& setting : config.settings)
      if (setting.section == section && setting.key == key) setting.value = to_toml(Value(folder));
  };
  fill(config.server.state_dir, "server", "state_dir", resolve("sensorium", folders_.state, folders_));
  fill(config.local.models_dir, "local", "models_dir", resolve("sensorium/models", folders_.data, folders_));
  config.local.cache_dir = resolve("sensorium", folders_.cache, folders_);
}

Error Loader::at_key(const std::string& full_name, std::string message, std::string hint) const {
  return Error(Code::misconfigured, fmt::format("{}: {}", out_.config.origin(full_name), message),
               std::move(hint))
      .at(full_name);
}

void Loader::read_key_file(const std::string& section, std::string_view key, std::string& value,
                           const std::string& file) {
  const std::string full_name = fmt::format("{}.{}", section, key), file_name = full_name + "_file";
  if (!value.empty() && !file.empty())
    return fail(at_key(file_name, fmt::format("[{}] has both {} and {}_file", section, key, key),
                       "Keep the one you mean"));
  if (!value.empty() && !valid_secret(value))
    return fail(at_key(full_name, fmt::format("`{}` is not a key", full_name),
                       "A key is visible characters without spaces"));
  if (file.empty()) return;
  auto secret = read_secret(file);
  if (!secret) return fail(at_key(file_name, secret.error().message, secret.error().hint));
  value = *std::move(secret);
}

void Loader::read_key_files() {
  for (auto& [name, engine] : out_.config.engines)
    read_key_file("engines." + name, "api_key", engine.api_key, engine.api_key_file);
  for (auto& [name, key] : out_.config.keys) read_key_file("keys." + name, "key", key.key, key.key_file);
}

Loaded Loader::finish() {
  for (const ConfigSection& section : sections()) {
    if (!section.named()) fill(section, {});
    for (const std::string& instance : instances_[section.path]) fill(section, instance);
  }
  fill_folders();
  read_key_files();
  check_meaning(out_.config, out_.errors);
  return std::move(out_);
}

Loaded load_all(std::optional<std::string_view> text, const std::string& file, const ConfigSources& sources) {
  Loader loader(sources);
  if (text) loader.file(*text, file);
  loader.environment();
  loader.flags();
  return loader.finish();
}

Loaded only(Error error) {
  Loaded loaded;
  loaded.errors.push_back(std::move(error));
  return loaded;
}

}  // namespace

Loaded load(std::string_view text, const std::string& file, const ConfigSources& sources) {
  return load_all(text, file, sources);
}

Loaded load(const ConfigSources& sources) {
  auto file = find_file(sources);
  if (!file) return only(std::move(file).error());
  if (file->empty()) return load_all(std::nullopt, {}, sources);
  auto text = read_small_file(*file, file_limit);
  if (!text) return only(std::move(text).error());
  return load_all(*text, *file, sources);
}

}  // namespace sensorium::config
