// Local models: the words of the terminal for engine/local.
#include "service/models.h"

#include <algorithm>

#include "engine/local/installed.h"
#include "engine/local/pull.h"

namespace sensorium::service {
namespace {

constexpr std::string_view prefix = "local/";

std::string_view bare(std::string_view name) {
  return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

LocalModel describe(const local::InstalledModel& model) {
  LocalModel out;
  out.name = model.name.find('/') == std::string::npos ? std::string(prefix) + model.name : model.name;
  out.title = model.title;
  out.licence = model.licence;
  out.note = model.origin + (model.in_place ? ", used where it lies" : "");
  out.path = model.model_path;
  out.presence = Presence::installed;
  out.vision = model.vision();
  out.test_only = model.test_only;
  out.bytes = model.bytes;
  out.memory_bytes = model.memory_bytes(local::served_context(model));
  out.context_tokens = local::served_context(model);
  return out;
}

LocalModel describe(const local::CatalogueModel& model) {
  LocalModel out;
  out.name = std::string(prefix) + model.name;
  out.title = model.title;
  out.licence = model.licence;
  out.note = model.note;
  out.vision = model.vision;
  out.bytes = model.download_bytes();
  out.memory_bytes = model.memory_bytes;
  return out;
}

}  // namespace

LocalModels list_local_models(const Config& config) {
  LocalModels out;
  local::InstalledList installed = local::list_installed(config.local.models_dir);
  out.problems = std::move(installed.problems);
  for (const auto& model : installed.models) out.models.push_back(describe(model));
  for (const auto& model : local::Catalogue::builtin().models())
    if (std::ranges::find(installed.models, model.name, &local::InstalledModel::name) ==
        installed.models.end())
      out.models.push_back(describe(model));
  return out;
}

Result<LocalModel> find_local_model(const Config& config, std::string_view name) {
  auto installed = local::find_installed(config.local.models_dir, bare(name));
  if (installed) return describe(*installed);
  if (installed.error().code != Code::unknown_model) return Error(std::move(installed).error());
  return describe(SN_TRY(local::Catalogue::builtin().find(bare(name))));
}

Result<LocalModel> pull_local_model(const CallContext& ctx, const Config& config, std::string_view name,
                                    std::function<void(const PullState&)> progress) {
  const auto model = SN_TRY(local::Catalogue::builtin().find(bare(name)));
  auto options = local::PullOptions::from_environment(config.local.models_dir);
  options.progress = [&progress](const local::PullProgress& now) {
    progress({now.file, now.done, now.total});
  };
  return describe(SN_TRY(local::pull_model(ctx, model, options)));
}

Result<LocalModel> import_local_model(const Config& config, const Import& import) {
  local::ImportRequest request{import.path, import.projector, import.name};
  request.placement = import.files == Files::are_copied ? local::Placement::copy : local::Placement::in_place;
  return describe(SN_TRY(local::import_model(config.local.models_dir, request)));
}

Status remove_local_model(const Config& config, std::string_view name) {
  return local::remove_model(config.local.models_dir, bare(name));
}

}  // namespace sensorium::service
