// data/choice.json into a ChoiceTable: strict, so that a mark with a typing error is told.
#include <fmt/format.h>

#include "base/json.h"
#include "service/recommend.h"

namespace sensorium::service {
namespace {

constexpr std::string_view schema = "sensorium.choice/1";
constexpr int most = 5;

Error bad(std::string_view row, std::string_view what) {
  return Error(Code::misconfigured, fmt::format("The table of choices is wrong at {}: {}", row, what),
               "Compare it with data/choice.json");
}

Result<JudgedModel> read_model(const json::value& value) {
  if (!value.is_object()) return bad("models", "a model is an object");
  json::Reader reader(value.get_object());
  JudgedModel out;
  out.model = reader.string("model").value_or("");
  const auto mark = [&](std::string_view name) {
    const auto found = reader.integer(name, 0, most);
    if (!found) reader.fail(name, fmt::format("{} lacks its mark for {}", out.model, name));
    return static_cast<int>(found.value_or(0));
  };
  out.document = mark("document");
  out.chinese = mark("chinese");
  out.general = mark("general");
  out.video = mark("video");
  out.latency = reader.string("latency").value_or("");
  out.gpu = reader.string("gpu").value_or("");
  out.note = reader.string("note").value_or("");
  if (const Status read = reader.status(); !read) return bad(out.model, read.error().message);
  if (out.model.empty()) return bad("models", "a model needs its name");
  if (const auto unknown = reader.unknown(); !unknown.empty())
    return bad(out.model, fmt::format("nobody knows the field \"{}\"", unknown.front()));
  return out;
}

}  // namespace

Result<ChoiceTable> ChoiceTable::parse(std::string_view text) {
  const auto root = json::parse(text);
  if (!root || !root->is_object())
    return bad("the top", root ? "it must be an object" : root.error().message);
  if (json::string_member(*root, "schema") != schema)
    return bad("the top", fmt::format("the schema must be {}", schema));
  ChoiceTable table;
  const json::value* tasks = json::member(*root, "tasks");
  for (int i = 0; i <= static_cast<int>(Purpose::private_use); ++i) {
    const auto about = tasks ? json::string_member(*tasks, name(static_cast<Purpose>(i))) : std::nullopt;
    if (!about) return bad("tasks", fmt::format("{} is missing", name(static_cast<Purpose>(i))));
    table.about_.emplace_back(*about);
  }
  const auto* models = json::array_member(*root, "models");
  if (!models || models->empty()) return bad("models", "there are none");
  for (const json::value& value : *models) {
    JudgedModel model = SN_TRY(read_model(value));
    if (table.find(model.model)) return bad(model.model, "it stands there twice");
    table.models_.push_back(std::move(model));
  }
  return table;
}

}  // namespace sensorium::service
