// sensorium models pull, import, rm, ps.
#include "cli/models_local.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/text.h"
#include "cli/arguments.h"
#include "cli/command_service.h"
#include "cli/pull_progress.h"
#include "cli/terminal.h"
#include "cli/words.h"
#include "service/models.h"

namespace sensorium::cli {
namespace {

using service::LocalModel;

Result<std::string> named(const CliContext& context, std::string_view what, std::string_view hint) {
  const std::string word(context.arguments.word(1));
  if (!word.empty()) return word;
  return Error(Code::invalid_request, fmt::format("models {} needs {}", context.arguments.word(0), what),
               std::string(hint));
}

std::string size(std::int64_t bytes) {
  return bytes > 0 ? text::human_bytes(static_cast<std::uint64_t>(bytes)) : "size not known yet";
}

void print_ready(const LocalModel& model) {
  fmt::print("{} is installed ({}). Ask it: sensorium ask \"What is this?\" photo.jpg -m {}\n",
             text::printable(model.name), size(model.bytes), shell_quoted(model.name));
}

}  // namespace

Result<int> pull_model(const CliContext& context, const Config& config) {
  const std::string name =
      SN_TRY(named(context, "the NAME of a model", "Names are listed by: sensorium models ls --all"));
  const LocalModel wanted = SN_TRY(service::find_local_model(config, name));
  if (wanted.presence == service::Presence::installed) return print_ready(wanted), 0;
  context.terminal.note(fmt::format("{}, {}, licence: {}", wanted.title, size(wanted.bytes), wanted.licence));
  const Interrupt interrupt;
  PullProgress progress(context.terminal);
  const CallContext call = new_call({}, interrupt);
  auto pulled = service::pull_local_model(
      call, config, name, [&progress](const service::PullState& state) { progress.show(state); });
  progress.finish();
  if (pulled) return print_ready(*pulled), 0;
  if (interrupt.signal() == 0) return Error(std::move(pulled).error());
  context.terminal.note(
      fmt::format("What is here already was kept; go on with: sensorium models pull {}", shell_quoted(name)));
  return exit_code_of_signal(interrupt.signal());
}

Result<int> import_model(const CliContext& context, const Config& config) {
  service::Import import;
  import.path = SN_TRY(named(context, "the path of a .gguf file",
                             "For example: sensorium models import model.gguf --projector mmproj.gguf"));
  import.path = std::filesystem::absolute(import.path).lexically_normal().string();
  if (context.arguments.has("projector"))
    import.projector = std::filesystem::absolute(context.arguments.text("projector")).string();
  import.name = context.arguments.text("name");
  import.files = context.arguments.has("copy") ? service::Files::are_copied : service::Files::stay_in_place;
  const LocalModel model = SN_TRY(service::import_local_model(config, import));
  print_ready(model);
  if (!model.vision)
    context.terminal.warning("it has no projector, so it cannot see pictures; give one with --projector");
  return 0;
}

Result<int> remove_model(const CliContext& context, const Config& config) {
  const std::string name =
      SN_TRY(named(context, "the NAME of a model", "Names are listed by: sensorium models ls"));
  SN_TRY(service::remove_local_model(config, name));
  fmt::print("{} was removed.\n", text::printable(name));
  return 0;
}

Result<int> list_running(const CliContext& context) {
  const auto running = service::running_models();
  if (context.arguments.has("json")) {
    for (const auto& model : running)
      fmt::print(
          "{{\"type\":\"process\",\"pid\":{},\"parent\":{},\"program\":{},\"model\":{},\"resident_bytes\":{},"
          "\"age_s\":{}}}\n",
          model.pid, model.parent, text::json_quote(model.program), text::json_quote(model.model),
          model.resident_bytes, model.age_s);
    fmt::print("{{\"type\":\"summary\",\"verb\":\"models\",\"ok\":{}}}\n", running.size());
    return 0;
  }
  if (running.empty()) {
    context.terminal.note("No local model runs now; one starts with the first question that needs it.");
    return 0;
  }
  Table table;
  table.row({"PID", "PROGRAM", "MEMORY", "RUNS FOR", "MODEL"});
  for (const auto& model : running)
    table.row({std::to_string(model.pid), text::printable(model.program), size(model.resident_bytes),
               duration_words(std::chrono::seconds(model.age_s)), text::printable(model.model)});
  fmt::print("{}", table.text());
  return 0;
}

}  // namespace sensorium::cli
