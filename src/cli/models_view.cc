// sensorium models ls and show.
#include "cli/models_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cli/arguments.h"
#include "cli/terminal.h"
#include "cli/words.h"
#include "service/question_json.h"

namespace sensorium::cli {
namespace {

using service::ModelInfo;

bool can_be_asked(const ModelInfo& model) { return model.state == "ready" || model.state == "running"; }

std::string price(const ModelInfo& model) {
  if (!model.input_price || !model.output_price) return "unknown";
  if (*model.input_price == 0 && *model.output_price == 0) return "free";
  return fmt::format("${:g} / ${:g}", *model.input_price, *model.output_price);
}

std::string context_words(std::int64_t tokens) { return tokens > 0 ? grouped(tokens) : "-"; }

std::string number_or_null(std::optional<double> value) { return value ? fmt::format("{}", *value) : "null"; }

void print_json_line(const ModelInfo& model) {
  fmt::print(
      "{{\"type\":\"model\",\"name\":{},\"provider\":{},\"where\":{},\"state\":{},\"pictures\":{},\"context_"
      "tokens\":{},"
      "\"price\":{{\"input\":{},\"output\":{}}},\"note\":{}}}\n",
      text::json_quote(model.name), text::json_quote(model.provider), text::json_quote(model.where),
      text::json_quote(model.state), model.pictures, model.context_tokens, number_or_null(model.input_price),
      number_or_null(model.output_price), text::json_quote(model.note));
}

void print_summary(std::size_t count) {
  service::Summary summary;
  summary.verb = "models";
  summary.ok = static_cast<int>(count);
  fmt::print("{}\n", service::summary_line(summary));
}

void print_table(const std::vector<ModelInfo>& models) {
  Table table;
  table.row({"NAME", "WHERE", "STATE", "PICTURES", "CONTEXT", "USD PER MILLION IN / OUT"});
  for (const ModelInfo& model : models)
    table.row({model.name, model.where, model.state, model.pictures ? "yes" : "no",
               context_words(model.context_tokens), price(model)});
  fmt::print("{}", table.text());
}

void print_one(const ModelInfo& model) {
  Table table;
  table.row({"Name", model.name});
  table.row({"Provider", model.provider});
  table.row({"Where", model.where});
  table.row({"State", model.state});
  table.row({"Pictures", model.pictures ? "yes" : "no"});
  table.row({"Context", model.context_tokens > 0 ? grouped(model.context_tokens) + " tokens" : "unknown"});
  table.row(
      {"Price", model.input_price == 0.0 ? "free" : price(model) + " (USD per million tokens in / out)"});
  if (!model.note.empty()) table.row({"Note", model.note});
  fmt::print("{}", table.text());
}

}  // namespace

Result<int> list_models(const CliContext& context, const service::Service& service) {
  std::vector<ModelInfo> models = service.models();
  const std::size_t known = models.size();
  if (!context.arguments.has("all"))
    std::erase_if(models,
                  [](const ModelInfo& model) { return !can_be_asked(model) && model.where != "local"; });
  if (context.arguments.has("json")) {
    for (const ModelInfo& model : models) print_json_line(model);
    print_summary(models.size());
    return 0;
  }
  print_table(models);
  if (known > models.size())
    context.terminal.note(fmt::format("{} more need a key or a server first: sensorium models ls --all",
                                      known - models.size()));
  return 0;
}

Result<int> show_model(const CliContext& context, const service::Service& service) {
  const std::string name(context.arguments.word(1));
  if (name.empty())
    return Error(Code::invalid_request, "models show needs a NAME",
                 "Names are listed by: sensorium models ls --all");
  const std::vector<ModelInfo> models = service.models();
  const auto found = std::ranges::find(models, name, &ModelInfo::name);
  if (found != models.end()) {
    if (!context.arguments.has("json")) return print_one(*found), 0;
    print_json_line(*found);
    print_summary(1);
    return 0;
  }
  // Aliases and names that go to a provider as they are.
  const auto chain = service.chain(name, false);
  if (!chain) {
    std::vector<std::string_view> names;
    for (const ModelInfo& model : models) names.push_back(model.name);
    Error error = chain.error();
    if (const auto guess = text::did_you_mean(name, names))
      error.hint = fmt::format("Did you mean {}?", *guess);
    return error;
  }
  fmt::print("{} asks {}\n", text::printable(name), fmt::join(*chain, ", then "));
  return 0;
}

}  // namespace sensorium::cli
