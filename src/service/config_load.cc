// Collects every value from the file, the environment and the flags under its full name, later sources
// over earlier ones, then fills the structs from the rows. Mistakes are collected, not thrown away.
#include "service/config_load.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "service/config_file.h"
#include "service/config_keys.h"
#include "service/config_toml.h"

namespace sensorium::config {
namespace {

struct Found {
  RawValue value;
  std::string origin;
  std::string base;  // relative paths are meant from here
};

constexpr std::string_view mask = "********";

// Names go into model names, variables and messages.
bool valid_instance(std::string_view name) noexcept {
  constexpr std::size_t longest = 64;
  const auto fine = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  };
  return !name.empty() && name.size() <= longest && std::ranges::all_of(name, fine);
}

std::string folder_of(std::string_view file) {
  const std::size_t slash = file.rfind('/');
  return slash == std::string_view::npos ? std::string() : std::string(file.substr(0, std::max<std::size_t>(slash, 1)));
}

class Loader {
 public:
  explicit Loader(const ConfigSources& sources) : sources_(sources), folders_(folders(sources)) {}

  void file(std::string_view text, const std::string& name);
  void environment();
  void flags();
  Loaded finish();
  void fail(Error error) { out_.errors.push_back(std::move(error)); }

 private:
  // A path of names ends in a key, is a section, or is wrong.
  struct Target {
    const ConfigSection* section = nullptr;
    std::string instance;
    const ConfigKey* key = nullptr;  // null for a section
  };
  std::optional<Target> resolve_path(std::span<const std::string> path, std::string_view place);
  Error unknown(std::span<const std::string> path, std::string_view place) const;
  void variable_named(const std::string& name);
  std::optional<Target> target_of_variable(std::string_view name);
  void put(const Target& target, Found found);
  void fill(const ConfigSection& section, const std::string& instance);
  void fill_key(const ConfigSection& section, const std::string& instance, const ConfigKey& key);
  void read_key_files();
  std::optional<std::string> secret_of(const std::string& section, std::string_view key, const std::string& value,
                                       const std::string& file);

  const ConfigSources& sources_;
  Folders folders_;
  Loaded out_;
  std::map<std::string, Found> found_;                        // by full name
  std::map<std::string_view, std::set<std::string>> instances_;  // by section path
};

std::string dotted(std::span<const std::string> path) { return text::printable(text::join(path, ".")); }

// How many names of `path` the section takes (its own and that of the instance), 0 when it is another.
std::size_t prefix_length(const ConfigSection& section, std::span<const std::string> path) {
  const auto names = text::split(section.path, '.');
  if (path.size() < names.size() || !std::equal(names.begin(), names.end(), path.begin())) return 0;
  return names.size() + (section.named() ? 1 : 0);
}

Error Loader::unknown(std::span<const std::string> path, std::string_view place) const {
  std::vector<std::string_view> candidates;
  std::string where = "the configuration";
  for (const ConfigSection& section : sections()) {
    const std::size_t length = prefix_length(section, path);
    if (length == 0) {
      if (path.size() <= 1 || candidates.empty()) candidates.push_back(section.path.substr(0, section.path.find('.')));
      continue;
    }
    if (path.size() != length + 1) continue;
    where = fmt::format("[{}]", dotted(path.first(length)));
    candidates.clear();
    for (const ConfigKey& key : section.keys) candidates.push_back(key.option.name);
    break;
  }
  const bool is_key = where.starts_with('[');
  const std::string& wrong = is_key ? path.back() : path.front();
  const auto close = text::did_you_mean(wrong, candidates);
  std::ranges::sort(candidates);
  candidates.erase(std::ranges::unique(candidates).begin(), candidates.end());
  return Error(Code::misconfigured,
               is_key ? fmt::format("{}: unknown key \"{}\" in {}", place, text::printable(wrong), where)
                      : fmt::format("{}: unknown section \"{}\"", place, dotted(path)),
               close ? fmt::format("Did you mean \"{}\"?", *close)
                     : fmt::format("Known are {}", fmt::join(candidates, ", ")))
      .at(dotted(path));
}

std::optional<Loader::Target> Loader::resolve_path(std::span<const std::string> path, std::string_view place) {
  bool on_the_way = false;
  for (const ConfigSection& section : sections()) {
    const std::size_t length = prefix_length(section, path);
    if (length == 0) continue;
    if (path.size() < length) {  // [engines] without a name
      on_the_way = true;
      continue;
    }
    Target target{.section = &section, .instance = section.named() ? path[length - 1] : std::string()};
    if (path.size() == length) return target;
    if (path.size() != length + 1) continue;
    target.key = find_key(section, path.back());
    if (target.key) return target;
  }
  if (on_the_way) return Target{};
  fail(unknown(path, place));
  return std::nullopt;
}

void Loader::put(const Target& target, Found found) {
  if (target.section->named() && !valid_instance(target.instance)) {
    fail(Error(Code::misconfigured,
               fmt::format("{}: \"{}\" cannot be a name", found.origin, text::printable(text::shorten(target.instance, 40))),
               "Names are letters, digits, '-', '_' and '.', at most 64"));
    return;
  }
  if (target.section->named()) instances_[target.section->path].insert(target.instance);
  if (!target.key) return;
  found_[section_name(*target.section, target.instance) + "." + std::string(target.key->option.name)] = std::move(found);
}

void Loader::file(std::string_view text, const std::string& name) {
  out_.config.file = name;
  auto entries = read_toml(text, name);
  if (!entries) return fail(std::move(entries).error());
  std::vector<std::string> unknown_section;  // what is below it is wrong with it: one message is enough
  for (TomlEntry& entry : *entries) {
    if (!unknown_section.empty() && entry.path.size() > unknown_section.size() &&
        std::equal(unknown_section.begin(), unknown_section.end(), entry.path.begin()))
      continue;
    const auto target = resolve_path(entry.path, entry.place);
    if (!target) {
      if (entry.section) unknown_section = entry.path;
      continue;
    }
    if (!target->key && !entry.section) {
      fail(Error(Code::misconfigured, fmt::format("{}: `{}` must be a section", entry.place, dotted(entry.path)),
                 fmt::format("Write [{}] on a line of its own and its keys below", dotted(entry.path)))
               .at(dotted(entry.path)));
    } else if (target->section) {
      put(*target, {std::move(entry.value), std::move(entry.place), folder_of(name)});
    }
  }
}

std::optional<Loader::Target> Loader::target_of_variable(std::string_view name) {
  for (const ConfigSection& section : sections()) {
    const auto& known = instances_[section.path];
    std::vector<std::string> names(known.begin(), known.end());
    if (!section.named()) names = {""};
    for (const std::string& instance : names)
      for (const ConfigKey& key : section.keys)
        if (name == variable_name(section, instance, key.option.name)) return Target{&section, instance, &key};
  }
  // A section that no file names: [engines.openai] from SENSORIUM_ENGINES__OPENAI__RETRIES.
  for (const ConfigSection& section : sections()) {
    if (!section.named()) continue;
    const std::string head = variable_name(section, "", "");  // "SENSORIUM_ENGINES____"
    const std::string_view before = std::string_view(head).substr(0, head.size() - 2);
    if (!name.starts_with(before)) continue;
    const std::string_view rest = name.substr(before.size());
    const std::size_t end = rest.find("__");
    if (end == std::string_view::npos || end == 0) continue;
    const std::string key_name = text::lower(rest.substr(end + 2));
    if (const ConfigKey* key = find_key(section, key_name)) return Target{&section, text::lower(rest.substr(0, end)), key};
  }
  return std::nullopt;
}

void Loader::variable_named(const std::string& name) {
  auto value = variable(sources_, name);
  if (!value) return;
  const std::string origin = "environment " + name;
  const auto target = target_of_variable(name);
  if (!target) {
    std::vector<std::string> names;
    for (const ConfigSection& section : sections())
      for (const ConfigKey& key : section.keys)
        if (!section.named() && key.trait != KeyTrait::file_only) names.push_back(variable_name(section, "", key.option.name));
    const std::vector<std::string_view> candidates(names.begin(), names.end());
    const auto close = text::did_you_mean(name, candidates);
    return fail(Error(Code::misconfigured, fmt::format("{}: no such key", text::printable(origin)),
                      close ? fmt::format("Did you mean {}?", *close)
                            : "Names are SENSORIUM_<SECTION>__<KEY>; sensorium config show lists the keys"));
  }
  if (target->key->trait == KeyTrait::file_only)
    return fail(Error(Code::misconfigured, fmt::format("{}: `{}` can be set in the file only", origin, target->key->option.name),
                      "Unset the variable and write the key into sensorium.toml"));
  put(*target, {{*std::move(value), Spelling::text}, origin, {}});
}

void Loader::environment() {
  std::set<std::string> names;
  for (const std::string& name : sources_.environment_names)
    if (name.starts_with("SENSORIUM_") && name.contains("__")) names.insert(name);
  // Without a list of names at least the known ones are looked up.
  for (const ConfigSection& section : sections())
    for (const ConfigKey& key : section.keys) {
      if (!section.named()) names.insert(variable_name(section, "", key.option.name));
      for (const std::string& instance : instances_[section.path]) names.insert(variable_name(section, instance, key.option.name));
    }
  for (const std::string& name : names) variable_named(name);
}

void Loader::flags() {
  for (const auto& [full_name, value] : sources_.flags) {
    std::vector<std::string> path;
    for (const auto part : text::split(full_name, '.')) path.emplace_back(part);
    const auto target = resolve_path(path, "flag");
    if (!target) continue;
    if (!target->key) {
      fail(Error(Code::misconfigured, fmt::format("flag: `{}` is a section", text::printable(full_name)), "Name one of its keys"));
    } else if (target->key->trait == KeyTrait::file_only) {
      fail(Error(Code::misconfigured, fmt::format("flag: `{}` can be set in the file only", full_name), "Write it into sensorium.toml"));
    } else {
      put(*target, {{value, Spelling::text}, "flag", {}});
    }
  }
}

void Loader::fill_key(const ConfigSection& section, const std::string& instance, const ConfigKey& key) {
  const std::string section_text = section_name(section, instance);
  const std::string full_name = section_text + "." + std::string(key.option.name);
  ConfigSetting setting{.section = section_text, .key = std::string(key.option.name), .value = {}, .origin = "default"};
  const auto found = found_.find(full_name);
  if (found != found_.end() || !key.option.default_value.empty()) {
    const RawValue standard{std::string(key.option.default_value), Spelling::text};
    auto value = convert(key.option, key.bounds, found != found_.end() ? found->second.value : standard);
    if (found != found_.end()) setting.origin = found->second.origin;
    if (!value) {
      const bool hide = key.trait == KeyTrait::secret;
      fail(Error(Code::misconfigured, fmt::format("{}: `{}` must be {}", setting.origin, full_name, value.error().wanted),
                 hide ? std::string() : "Found " + value.error().found)
               .at(full_name));
      return;
    }
    if (auto* path = std::get_if<std::string>(&*value); path && key.option.type == OptionDef::Type::path && !path->empty())
      *path = resolve(*path, found != found_.end() ? found->second.base : std::string(), folders_);
    key.assign(out_.config, instance, *value);
    setting.value = key.trait == KeyTrait::secret ? text::json_quote(mask) : to_toml(*value);
  }
  out_.config.settings.push_back(std::move(setting));
}

void Loader::fill(const ConfigSection& section, const std::string& instance) {
  section.create(out_.config, instance);
  for (const ConfigKey& key : section.keys) fill_key(section, instance, key);
}

std::optional<std::string> Loader::secret_of(const std::string& section, std::string_view key, const std::string& value,
                                             const std::string& file) {
  const std::string full_name = fmt::format("{}.{}", section, key);
  const auto place = [&](std::string_view name) { return std::string(out_.config.origin(fmt::format("{}.{}", section, name))); };
  const std::string file_key = std::string(key) + "_file";
  if (!value.empty() && !file.empty()) {
    fail(Error(Code::misconfigured, fmt::format("{}: [{}] has both {} and {}", place(file_key), section, key, file_key),
               "Keep the one you mean")
             .at(full_name));
  } else if (!file.empty()) {
    auto secret = read_secret(file);
    if (secret) return *std::move(secret);
    Error error = std::move(secret).error();
    error.message = fmt::format("{}: {}", place(file_key), error.message);
    fail(std::move(error).at(fmt::format("{}.{}", section, file_key)));
  } else if (!value.empty() && !valid_secret(value)) {
    fail(Error(Code::misconfigured, fmt::format("{}: `{}` is not a key", place(key), full_name),
               "A key is visible characters without spaces")
             .at(full_name));
  }
  return std::nullopt;
}

void Loader::read_key_files() {
  for (auto& [name, engine] : out_.config.engines)
    if (auto secret = secret_of("engines." + name, "api_key", engine.api_key, engine.api_key_file)) engine.api_key = *secret;
  for (auto& [name, key] : out_.config.keys)
    if (auto secret = secret_of("keys." + name, "key", key.key, key.key_file)) key.key = *secret;
}

Loaded Loader::finish() {
  for (const ConfigSection& section : sections()) {
    if (!section.named()) fill(section, {});
    for (const std::string& instance : instances_[section.path]) fill(section, instance);
  }
  Config& config = out_.config;
  if (config.server.state_dir.empty()) config.server.state_dir = resolve("sensorium", folders_.state, folders_);
  if (config.local.models_dir.empty()) config.local.models_dir = resolve("sensorium/models", folders_.data, folders_);
  config.local.cache_dir = resolve("sensorium", folders_.cache, folders_);
  read_key_files();
  check_meaning(config, out_.errors);
  return std::move(out_);
}

Loaded load_file(const ConfigSources& sources, std::optional<std::string_view> text, const std::string& file) {
  Loader loader(sources);
  if (text) loader.file(*text, file);
  loader.environment();
  loader.flags();
  return loader.finish();
}

Result<Config> first_error_or(Loaded loaded) {
  if (loaded.errors.empty()) return std::move(loaded.config);
  Error first = std::move(loaded.errors.front());
  for (std::size_t i = 1; i < loaded.errors.size(); ++i) first.notes.push_back(sentence(loaded.errors[i]));
  return first;
}

}  // namespace

Loaded load(std::string_view text, const std::string& file, const ConfigSources& sources) {
  return load_file(sources, text, file);
}

Loaded load(const ConfigSources& sources) {
  auto file = find_file(sources);
  if (!file) return {.config = {}, .errors = {std::move(file).error()}};
  if (file->empty()) return load_file(sources, std::nullopt, {});
  auto text = read_small_file(*file, file_limit);
  if (!text) return {.config = {}, .errors = {std::move(text).error()}};
  return load_file(sources, *text, *file);
}

}  // namespace sensorium::config

namespace sensorium {

std::string_view Config::origin(std::string_view full_key) const noexcept {
  const auto matches = [&](const ConfigSetting& setting) {
    return full_key.size() == setting.section.size() + 1 + setting.key.size() && full_key.starts_with(setting.section) &&
           full_key[setting.section.size()] == '.' && full_key.ends_with(setting.key);
  };
  const auto found = std::ranges::find_if(settings, matches);
  return found == settings.end() ? std::string_view() : std::string_view(found->origin);
}

Result<Config> load_config(const ConfigSources& sources) { return config::first_error_or(config::load(sources)); }

Result<Config> parse_config(std::string_view text, std::string_view name, const ConfigSources& sources) {
  return config::first_error_or(config::load(text, std::string(name), sources));
}

}  // namespace sensorium
