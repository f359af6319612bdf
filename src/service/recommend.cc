// Ranking: what can be asked now before what needs something, then the mark, then the money.
#include "service/recommend.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/check.h"

namespace sensorium::embedded {
extern const std::string_view choice_json;
}

namespace sensorium::service {
namespace {

constexpr std::array names{"document", "chinese", "general", "video", "cheap", "private"};
constexpr int good_mark = 4, good_enough = 2;

int mark_of(const JudgedModel& model, Purpose purpose) noexcept {
  switch (purpose) {
    case Purpose::document:
      return model.document;
    case Purpose::chinese:
      return model.chinese;
    case Purpose::video:
      return model.video;
    case Purpose::private_use:
      return model.local() ? std::max(model.general, 1) : 0;
    case Purpose::cheap:
      return model.general >= good_enough || model.model == "reader" ? std::max(model.general, 1) : 0;
    case Purpose::general:
      break;
  }
  return model.general;
}

std::string money(const JudgedModel& model, const Standing& standing) {
  if (model.local()) return "costs nothing to ask";
  if (!standing.cost) return "its price is not known";
  return fmt::format("about ${:.2g} for a picture and a short answer", *standing.cost);
}

std::string provider_of(const JudgedModel& model) { return model.model.substr(0, model.model.find('/')); }

std::string state_reason(const Standing& standing) {
  switch (standing.state) {
    case Standing::State::ready:
      return "can be asked now";
    case Standing::State::to_pull:
      return fmt::format("can be pulled: {}", standing.need);
    case Standing::State::no_key:
      return fmt::format("needs a key: {}", standing.need);
    case Standing::State::no_room:
      break;
  }
  return fmt::format("does not fit: {}", standing.need);
}

std::string next_step(const JudgedModel& model, const Standing& standing) {
  switch (standing.state) {
    case Standing::State::ready:
      return fmt::format("sensorium ask \"What is this?\" photo.jpg -m {}", model.model);
    case Standing::State::to_pull:
      return fmt::format("sensorium models pull {}", model.model);
    case Standing::State::no_key:
      return fmt::format("export {}=...", standing.need);
    case Standing::State::no_room:
      break;
  }
  return {};
}

Recommendation described(const JudgedModel& model, Purpose purpose, Standing standing) {
  Recommendation out{
      .model = model.model, .standing = {}, .mark = mark_of(model, purpose), .reasons = {}, .next = {}};
  if (!model.note.empty()) out.reasons.push_back(model.note);
  out.reasons.push_back(state_reason(standing));
  out.reasons.push_back(money(model, standing));
  out.reasons.push_back(model.local() ? "nothing leaves this machine"
                                      : fmt::format("pictures go to {}", provider_of(model)));
  if (model.gpu == "wanted") out.reasons.emplace_back("slow without a graphics card");
  out.next = next_step(model, standing);
  out.standing = std::move(standing);
  return out;
}

double cost_rank(const Recommendation& one) noexcept {
  return one.standing.cost.value_or(std::numeric_limits<double>::max());
}

bool better(Purpose purpose, const Recommendation& a, const Recommendation& b) noexcept {
  if (a.standing.state != b.standing.state) return a.standing.state < b.standing.state;
  if (purpose == Purpose::cheap && cost_rank(a) != cost_rank(b)) return cost_rank(a) < cost_rank(b);
  if (a.mark != b.mark) return a.mark > b.mark;
  return cost_rank(a) < cost_rank(b);
}

}  // namespace

Result<Purpose> purpose_named(std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found != names.end()) return static_cast<Purpose>(found - names.begin());
  return Error(Code::invalid_request, fmt::format("\"{}\" is not a task that models are judged by", name),
               fmt::format("Choose one of {}", purpose_names))
      .at("task");
}

std::string_view name(Purpose purpose) noexcept { return names[static_cast<std::size_t>(purpose)]; }

std::string_view name(Standing::State state) noexcept {
  static constexpr std::array states{"ready", "to pull", "no key", "no room"};
  return states[static_cast<std::size_t>(state)];
}

std::vector<std::string> JudgedModel::good_at() const {
  std::vector<std::string> out;
  for (const Purpose purpose : {Purpose::document, Purpose::chinese, Purpose::general, Purpose::video})
    if (mark_of(*this, purpose) >= good_mark) out.emplace_back(name(purpose));
  return out;
}

const ChoiceTable& ChoiceTable::builtin() {
  static const ChoiceTable table = [] {
    auto parsed = parse(embedded::choice_json);
    SN_CHECK(parsed.has_value());
    return std::move(*parsed);
  }();
  return table;
}

const JudgedModel* ChoiceTable::find(std::string_view model) const noexcept {
  const auto found = std::ranges::find(models_, model, &JudgedModel::model);
  return found == models_.end() ? nullptr : &*found;
}

std::string_view ChoiceTable::about(Purpose purpose) const noexcept {
  const auto index = static_cast<std::size_t>(purpose);
  return index < about_.size() ? std::string_view(about_[index]) : std::string_view();
}

std::vector<Recommendation> recommend(
    const ChoiceTable& table, Purpose purpose,
    const std::function<std::optional<Standing>(const JudgedModel&)>& standing) {
  std::vector<Recommendation> out;
  for (const JudgedModel& model : table.models()) {
    if (mark_of(model, purpose) == 0) continue;
    if (auto here = standing(model)) out.push_back(described(model, purpose, std::move(*here)));
  }
  std::ranges::sort(out, [purpose](const Recommendation& a, const Recommendation& b) {
    return better(purpose, a, b) || (!better(purpose, b, a) && a.model < b.model);
  });
  return out;
}

}  // namespace sensorium::service
