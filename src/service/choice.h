// Choice of models: from the name a caller gives (alias, auto, provider/model) to those to ask, in order.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/local/shelf.h"
#include "service/providers.h"

namespace sensorium::service {

inline constexpr std::string_view reader_name = "reader", local_provider = "local", automatic_model = "auto";

struct ModelRef {
  std::string provider, model;
  std::string full_name() const { return model.empty() ? provider : provider + "/" + model; }
};

/// What choosing depends on; all outlive the call.
struct ChoiceSources {
  const Config& config;
  const Providers& providers;
  const ModelTable& models;
  local::Shelf& shelf;  ///< installed models; asked only where the name leaves it open
};

enum class Reach : bool { anywhere, this_machine };

/// The models to ask, best first; never empty. Errors: unknown_model with "did you mean",
/// misconfigured when only remote models are left and `reach` forbids them.
Result<std::vector<ModelRef>> choose(const ChoiceSources& sources, std::string_view name, Reach reach);

}  // namespace sensorium::service
