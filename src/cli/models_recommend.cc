// sensorium models recommend: which model for a task, with reasons.
#include <fmt/format.h>

#include "base/text.h"
#include "cli/arguments.h"
#include "cli/models_view.h"
#include "cli/terminal.h"
#include "cli/words.h"
#include "service/question_json.h"
#include "service/service.h"

namespace sensorium::cli {
namespace {

using service::Recommendation;
using State = service::Standing::State;

constexpr std::size_t most_rows = 10;

std::string money(const Recommendation& one) {
  if (!one.standing.cost) return "unknown";
  return *one.standing.cost == 0 ? "free" : fmt::format("${:.2g}", *one.standing.cost);
}

void print_json(std::string_view task, const std::vector<Recommendation>& found) {
  for (std::size_t i = 0; i < found.size(); ++i) {
    const Recommendation& one = found[i];
    std::string reasons;
    for (const auto& reason : one.reasons)
      reasons.append(reasons.empty() ? "" : ",").append(text::json_quote(reason));
    fmt::print(
        "{{\"type\":\"recommendation\",\"rank\":{},\"task\":{},\"model\":{},\"state\":{},\"mark\":{},"
        "\"usd_per_question\":{},\"reasons\":[{}],\"next\":{}}}\n",
        i + 1, text::json_quote(task), text::json_quote(one.model),
        text::json_quote(name(one.standing.state)), one.mark,
        one.standing.cost ? fmt::format("{:.6g}", *one.standing.cost) : "null", reasons,
        one.next.empty() ? "null" : text::json_quote(one.next));
  }
  service::Summary summary;
  summary.verb = "models";
  summary.ok = static_cast<int>(found.size());
  fmt::print("{}\n", service::summary_line(summary));
}

void print_choice(std::string_view heading, const Recommendation& one) {
  fmt::print("{}: {}\n", heading, one.model);
  for (const auto& reason : one.reasons) fmt::print("  - {}\n", reason);
  if (!one.next.empty()) fmt::print("  {}\n", one.next);
}

void print_table(const std::vector<Recommendation>& found) {
  Table table;
  table.row({"MODEL", "STATE", "MARK", "A QUESTION"});
  for (std::size_t i = 0; i < std::min(found.size(), most_rows); ++i)
    table.row({found[i].model, std::string(name(found[i].standing.state)),
               fmt::format("{} of 5", found[i].mark), money(found[i])});
  fmt::print("\n{}", table.text());
}

/// The first that is not ready and would do better than the best that is.
const Recommendation* worth_having(const std::vector<Recommendation>& found) {
  for (const auto& one : found)
    if (one.standing.state != State::ready && one.standing.state != State::no_room &&
        (found.front().standing.state != State::ready || one.mark > found.front().mark))
      return &one;
  return nullptr;
}

}  // namespace

Result<int> recommend_model(const CliContext& context, const service::Service& service) {
  const std::string task = context.arguments.has("task") ? context.arguments.text("task") : "general";
  const auto purpose = SN_TRY(service::purpose_named(task));
  const auto found = service.recommend(purpose);
  if (context.arguments.has("json")) return print_json(task, found), 0;
  if (found.empty())
    return Error(Code::not_found, "No model that is known here is of use for this task",
                 "See what there is: sensorium models ls --all");
  fmt::print("Task: {} ({})\n", task, service::ChoiceTable::builtin().about(purpose));
  if (found.front().standing.state == State::ready) print_choice("Ask now", found.front());
  if (const auto* better = worth_having(found)) print_choice("Better", *better);
  print_table(found);
  return 0;
}

}  // namespace sensorium::cli
