// sensorium models ls and show.
#include "cli/models_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cli/arguments.h"
#include "cli/terminal.h"
#include "cli/words.h"
#include "service/models.h"
#include "service/question_json.h"

namespace sensorium::cli {
namespace {

using service::ModelInfo;

std::string local_note(const service::LocalModel& model) {
  std::string note = model.title;
  if (model.bytes > 0) note += ", " + text::human_bytes(static_cast<std::uint64_t>(model.bytes));
  if (model.test_only) note += ", generated for tests: its answers mean nothing";
  return note;
}

ModelInfo as_info(const service::LocalModel& local) {
  ModelInfo info;
  info.name = local.name;
  info.provider = info.where = "local";
  info.state = local.presence == service::Presence::installed ? "ready" : "not installed";
  info.pictures = local.vision;
  info.context_tokens = local.context_tokens;
  info.input_price = info.output_price = 0;
  info.note = local_note(local);
  return info;
}

// The service's list with the local models that it does not name; installed ones stand before the reader.
std::vector<ModelInfo> all_models(const service::Service& service, const service::LocalModels& local) {
  std::vector<ModelInfo> models = service.models();
  auto place = std::ranges::find(models, "reader", &ModelInfo::name) - models.begin();
  for (const service::LocalModel& model : local.models) {
    if (std::ranges::find(models, model.name, &ModelInfo::name) != models.end()) continue;
    const bool installed = model.presence == service::Presence::installed;
    models.insert(installed ? models.begin() + place++ : models.end(), as_info(model));
  }
  return models;
}

bool can_be_asked(const ModelInfo& model) { return model.state == "ready" || model.state == "running"; }

std::string price(const ModelInfo& model) {
  if (!model.input_price || !model.output_price) return "unknown";
  if (*model.input_price == 0 && *model.output_price == 0) return "free";
  return fmt::format("${:g} / ${:g}", *model.input_price, *model.output_price);
}

std::string context_words(std::int64_t tokens) { return tokens > 0 ? grouped(tokens) : "-"; }

std::string number_or_null(std::optional<double> value) { return value ? fmt::format("{}", *value) : "null"; }

std::string quoted_list(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out.append(out.empty() ? "" : ",").append(text::json_quote(word));
  return out;
}

void print_json_line(const ModelInfo& model) {
  fmt::print(
      "{{\"type\":\"model\",\"name\":{},\"provider\":{},\"where\":{},\"state\":{},\"pictures\":{},"
      "\"json_schema\":{},\"good_at\":[{}],\"context_tokens\":{},"
      "\"price\":{{\"input\":{},\"output\":{}}},\"note\":{}}}\n",
      text::json_quote(model.name), text::json_quote(model.provider), text::json_quote(model.where),
      text::json_quote(model.state), model.pictures, model.json_schema, quoted_list(model.good_at),
      model.context_tokens, number_or_null(model.input_price), number_or_null(model.output_price),
      text::json_quote(model.note));
}

void print_summary(std::size_t count) {
  service::Summary summary;
  summary.verb = "models";
  summary.ok = static_cast<int>(count);
  fmt::print("{}\n", service::summary_line(summary));
}

void print_table(const std::vector<ModelInfo>& models) {
  Table table;
  table.row(
      {"NAME", "WHERE", "STATE", "PICTURES", "SCHEMA", "GOOD AT", "CONTEXT", "USD PER MILLION IN / OUT"});
  for (const ModelInfo& model : models)
    table.row({model.name, model.where, model.state, model.pictures ? "yes" : "no",
               model.json_schema ? "yes" : "-",
               model.good_at.empty() ? "-" : fmt::format("{}", fmt::join(model.good_at, " ")),
               context_words(model.context_tokens), price(model)});
  fmt::print("{}", table.text());
}

void print_one(const ModelInfo& model) {
  Table table;
  table.row({"Name", model.name});
  table.row({"Provider", model.provider});
  table.row({"Where", model.where});
  table.row({"State", model.state});
  table.row(
      {"Pictures", model.pictures ? fmt::format("yes, up to {} in one question", model.max_pictures) : "no"});
  table.row(
      {"Schema", model.json_schema ? "keeps answers to one by itself" : "answers are checked against one"});
  if (!model.good_at.empty()) table.row({"Good at", fmt::format("{}", fmt::join(model.good_at, ", "))});
  if (!model.latency.empty()) table.row({"Speed", model.latency});
  table.row({"Context", model.context_tokens > 0 ? grouped(model.context_tokens) + " tokens" : "unknown"});
  table.row(
      {"Price", model.input_price == 0.0 ? "free" : price(model) + " (USD per million tokens in / out)"});
  if (!model.note.empty()) table.row({"Note", model.note});
  fmt::print("{}", table.text());
}

}  // namespace

Result<int> list_models(const CliContext& context, const service::Service& service) {
  const service::LocalModels local = service::list_local_models(service.config());
  for (const std::string& problem : local.problems) context.terminal.warning(problem);
  std::vector<ModelInfo> models = all_models(service, local);
  const std::vector<ModelInfo> known = models;
  if (!context.arguments.has("all"))
    std::erase_if(models,
                  [](const ModelInfo& model) { return !can_be_asked(model) && model.name != "reader"; });
  if (context.arguments.has("json")) {
    for (const ModelInfo& model : models) print_json_line(model);
    print_summary(models.size());
    return 0;
  }
  print_table(models);
  const auto pullable = std::ranges::count(known, std::string("not installed"), &ModelInfo::state);
  if (const auto more = std::ssize(known) - std::ssize(models); more > 0)
    context.terminal.note(fmt::format(
        "{} local models can be pulled and {} more need a key or a server first: sensorium models ls --all",
        pullable, more - pullable));
  return 0;
}

namespace {

void print_local(const service::LocalModel& model) {
  Table table;
  table.row({"Name", model.name});
  table.row({"Title", model.title});
  const bool installed = model.presence == service::Presence::installed;
  table.row({"State", installed ? "ready"
                                : fmt::format("not installed; get it with: sensorium models pull {}",
                                              shell_quoted(model.name))});
  table.row({"Pictures", model.vision ? "yes" : "no"});
  if (model.bytes > 0)
    table.row({installed ? "Size" : "Download", text::human_bytes(static_cast<std::uint64_t>(model.bytes))});
  if (model.memory_bytes > 0)
    table.row({"Memory", "about " + text::human_bytes(static_cast<std::uint64_t>(model.memory_bytes))});
  if (model.context_tokens > 0) table.row({"Context", grouped(model.context_tokens) + " tokens"});
  table.row({"Price", "free"});
  if (!model.licence.empty()) table.row({"Licence", model.licence});
  if (!model.path.empty()) table.row({"File", text::printable(model.path)});
  if (!model.note.empty()) table.row({"Note", model.note});
  fmt::print("{}", table.text());
}

// What no list names: an alias, or a model that goes to its provider as it is.
Result<int> show_chain(const CliContext& context, const service::Service& service, const std::string& name,
                       std::span<const ModelInfo> models) {
  const auto chain = service.chain(name, false);
  if (!chain) {
    std::vector<std::string_view> names;
    for (const ModelInfo& model : models) names.push_back(model.name);
    Error error = chain.error();
    if (const auto guess = text::did_you_mean(name, names))
      error.hint = fmt::format("Did you mean {}?", *guess);
    return error;
  }
  if (context.arguments.has("json")) {
    fmt::print("{{\"type\":\"chain\",\"name\":{},\"chain\":[", text::json_quote(name));
    for (std::size_t i = 0; i < chain->size(); ++i)
      fmt::print("{}{}", i ? "," : "", text::json_quote((*chain)[i]));
    fmt::print("]}}\n");
    return print_summary(1), 0;
  }
  if (chain->size() == 1 && chain->front() == name)
    fmt::print("{} is passed on to its provider as it is; its limits and price are not known here.\n",
               text::printable(name));
  else fmt::print("{} asks {}\n", text::printable(name), fmt::join(*chain, ", then "));
  return 0;
}

}  // namespace

Result<int> show_model(const CliContext& context, const service::Service& service) {
  const std::string name(context.arguments.word(1));
  if (name.empty())
    return Error(Code::invalid_request, "models show needs a NAME",
                 "Names are listed by: sensorium models ls --all");
  const std::vector<ModelInfo> models = all_models(service, service::list_local_models(service.config()));
  const auto found = std::ranges::find(models, name, &ModelInfo::name);
  if (found == models.end() && !name.starts_with("local/")) return show_chain(context, service, name, models);
  if (context.arguments.has("json") && found != models.end())
    return print_json_line(*found), print_summary(1), 0;
  if (found != models.end() && found->provider != "local") return print_one(*found), 0;
  print_local(SN_TRY(service::find_local_model(service.config(), name)));
  return 0;
}

}  // namespace sensorium::cli
