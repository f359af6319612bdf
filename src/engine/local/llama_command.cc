// Flags of llama-server 0.5: tools/server/README.md of llama.cpp.
#include "engine/local/llama_command.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "engine/local/catalogue.h"
#include "engine/model_table.h"

namespace sensorium::local {
namespace {

// A picture of 1,024 tokens is about 900 x 900 pixels: small print is legible, and a processor that
// reads 200 tokens a second needs five seconds for it instead of twenty.
constexpr std::int64_t tokens_per_picture = 1024;
constexpr int threads_per_slot = 4, most_slots = 4;
constexpr int http_threads = 2;

std::string smaller_model(const InstalledModel& model) {
  const auto* smaller = Catalogue::builtin().recommend(model.bytes);
  return smaller && smaller->name != model.name
             ? fmt::format("Close other programs, or pull a smaller model: sensorium models pull {}",
                           smaller->name)
             : "Close other programs, or ask another model with -m";
}

std::string repair_hint(const InstalledModel& model) {
  if (model.origin == "pulled")
    return fmt::format(
        "If the file is damaged, get it again: sensorium models rm {0}, then sensorium models pull {0}",
        model.name);
  return fmt::format("Check that llama.cpp can run {}", model.model_path);
}

}  // namespace

LlamaServing serving_of(const InstalledModel& model, const RuntimeOptions& options) noexcept {
  LlamaServing serving;
  serving.threads = child_threads(options);
  serving.slots = std::clamp(serving.threads / threads_per_slot, 1, most_slots);
  serving.context = served_context(model);
  // Half of the context at most, so that the question and the answer always fit.
  if (model.vision()) serving.picture_tokens = std::min(tokens_per_picture, serving.context / 2);
  return serving;
}

ChildSpec llama_spec(const std::string& program, const InstalledModel& model, const RuntimeOptions& options) {
  const LlamaServing serving = serving_of(model, options);
  const std::int64_t context = serving.context * serving.slots;
  ChildSpec spec;
  spec.name = "llama:" + model.name;
  spec.argv = {program,
               "--host",
               "{socket}",
               "-m",
               model.model_path,
               "-a",
               model.name,
               "-c",
               std::to_string(context),
               "-np",
               std::to_string(serving.slots),
               "-t",
               std::to_string(serving.threads),
               "--threads-http",
               std::to_string(http_threads),
               "--cache-ram",
               "0",  // its own cache of prompts takes up to 8 GiB
               "--offline"};
  if (model.vision())
    spec.argv.insert(spec.argv.end(), {"--mmproj", model.projector_path, "--image-max-tokens",
                                       std::to_string(serving.picture_tokens)});
  spec.argv.insert(spec.argv.end(), model.arguments.begin(), model.arguments.end());
  spec.environment = {{"LLAMA_API_KEY", "{key}"}};  // not on the command line, where everybody can read it
  spec.idle_stop = options.keep_warm;
  spec.memory_bytes = model.memory_bytes(context);
  spec.memory_hint = smaller_model(model);
  spec.failure_hint = repair_hint(model);
  return spec;
}

EngineCard llama_card(const ModelTable& table, const InstalledModel& model, const RuntimeOptions& options) {
  const LlamaServing serving = serving_of(model, options);
  EngineCard card = table.card("local", model.family);
  card.name = fmt::format("local/{}", model.name);
  card.where = EngineCard::Where::local;
  card.context_tokens = serving.context;
  card.price = Price{};
  card.prepare.formats = {"jpeg", "png"};  // WebP would go through an ffmpeg that may not be there
  if (!model.vision()) {
    card.max_pictures = 0;
    return card;
  }
  if (card.tokens.kind == TokenRule::Kind::qwen) {
    const auto pixels = serving.picture_tokens * card.tokens.factor * card.tokens.factor;
    card.tokens.max_pixels = std::min(card.tokens.max_pixels, pixels);
    card.prepare.pixels.max_pixels = card.tokens.max_pixels;
  }
  return card;
}

}  // namespace sensorium::local
