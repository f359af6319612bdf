// Choice of models. `auto` is: keys in the environment or file, pulled local models that see, the reader.
#include "service/choice.h"

#include <algorithm>

#include "base/text.h"

namespace sensorium::service {
namespace {

bool stays_here(const ChoiceSources& sources, const ModelRef& ref) {
  const Provider* provider = sources.providers.find(ref.provider);
  return !provider || !provider->remote();
}

void add_automatic(const ChoiceSources& sources, std::vector<ModelRef>& out) {
  for (const auto& provider : sources.providers.all()) {
    const bool keyed = provider.wants_key && !provider.settings.api_key.empty();
    if (keyed && !provider.default_model.empty()) {
      const bool same_key = std::ranges::any_of(out, [&](const ModelRef& other) {
        return sources.providers.find(other.provider)->settings.api_key == provider.settings.api_key;
      });
      // Regions share a key variable, and a key belongs to one region: the first row is the choice
      // unless the file names another.
      if (!same_key) out.push_back({provider.settings.name, provider.default_model});
      else if (provider.configured) out.back() = {provider.settings.name, provider.default_model};
    }
  }
  const auto installed = sources.shelf.list();
  std::vector<const local::InstalledModel*> seeing;
  for (const auto& model : installed->models)
    if (model.vision() && !model.test_only) seeing.push_back(&model);
  std::ranges::sort(seeing, std::ranges::greater(), &local::InstalledModel::rank);
  for (const auto* model : seeing) out.push_back({std::string(local_provider), model->name});
  out.push_back({std::string(reader_name), ""});
}

Error unknown(const ChoiceSources& sources, std::string_view name) {
  std::vector<std::string> known{std::string(reader_name), std::string(automatic_model)};
  for (const auto& [alias, chain] : sources.config.aliases) known.push_back(alias);
  for (const auto& model : sources.shelf.list()->models) known.push_back("local/" + model.name);
  for (const auto& provider : sources.providers.all())
    for (const auto& model : sources.models.models(provider.settings.name))
      if (!model.ends_with('*')) known.push_back(provider.settings.name + "/" + model);
  const std::vector<std::string_view> views(known.begin(), known.end());
  const auto near = text::did_you_mean(name, views);
  return Error(Code::unknown_model, "There is no model `" + text::shorten(name, 100) + "`",
               near ? "Did you mean `" + std::string(*near) + "`?"
                    : std::string("Write provider/model, for example openai/gpt-6-luna; sensorium models ls "
                                  "shows what there is"))
      .at("model");
}

std::optional<ModelRef> by_bare_name(const ChoiceSources& sources, std::string_view name) {
  const auto installed = sources.shelf.list();
  if (std::ranges::find(installed->models, name, &local::InstalledModel::name) != installed->models.end())
    return ModelRef{std::string(local_provider), std::string(name)};
  for (const auto& provider : sources.providers.all()) {
    const auto models = sources.models.models(provider.settings.name);
    if (std::ranges::find(models, name) != models.end())
      return ModelRef{provider.settings.name, std::string(name)};
  }
  return std::nullopt;
}

Status add(const ChoiceSources& sources, std::string_view name, std::vector<ModelRef>& out) {
  if (name.empty()) name = sources.config.models.default_model;
  if (const auto alias = sources.config.aliases.find(std::string(name));
      alias != sources.config.aliases.end()) {
    for (const auto& next : alias->second.chain) SN_TRY(add(sources, next, out));
    return {};
  }
  if (name == automatic_model || name.empty()) {
    add_automatic(sources, out);
    return {};
  }
  if (name == reader_name) {
    out.push_back({std::string(reader_name), ""});
    return {};
  }
  if (name.ends_with(".gguf") && !name.starts_with("local/")) {
    out.push_back({std::string(local_provider), std::string(name)});
    return {};
  }
  const std::size_t slash = name.find('/');
  if (slash != std::string_view::npos && slash + 1 < name.size()) {
    const std::string_view provider = name.substr(0, slash);
    if (provider == local_provider || sources.providers.find(provider)) {
      out.push_back({std::string(provider), std::string(name.substr(slash + 1))});
      return {};
    }
  } else if (auto found = by_bare_name(sources, name)) {
    out.push_back(std::move(*found));
    return {};
  }
  return unknown(sources, name);
}

}  // namespace

Result<std::vector<ModelRef>> choose(const ChoiceSources& sources, std::string_view name, Reach reach) {
  std::vector<ModelRef> chain;
  SN_TRY(add(sources, name, chain));
  if (reach == Reach::this_machine)
    std::erase_if(chain, [&](const ModelRef& ref) { return !stays_here(sources, ref); });
  if (chain.empty())
    return Error(Code::misconfigured, "Offline was asked for, and every model chosen is remote",
                 "Choose `reader` or a local model with -m, or leave out --offline");
  return chain;
}

}  // namespace sensorium::service
