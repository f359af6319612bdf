// Which model for which task, on this machine and with these keys: a table of marks (data/choice.json)
// against what can be had. `sensorium models recommend` and the facts of GET /v1/models.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sensorium::service {

enum class Purpose : std::uint8_t { document, chinese, general, video, cheap, private_use };
inline constexpr std::string_view purpose_names = "document|chinese|general|video|cheap|private";
/// Errors: invalid_request at `task`.
Result<Purpose> purpose_named(std::string_view name);
std::string_view name(Purpose purpose) noexcept;

/// What somebody judged of a model: marks from 0 (not at all) to 5 (best of its kind).
struct JudgedModel {
  std::string model;  ///< "openai/gpt-6-luna", "local/qwen3-vl-2b", "reader"
  int document = 0, chinese = 0, general = 0, video = 0;
  std::string latency;  ///< "fast", "medium", "slow"
  std::string gpu;      ///< "none", "helps", "wanted"
  std::string note;     ///< half a sentence
  bool local() const noexcept { return model == "reader" || model.starts_with("local/"); }
  /// Names of the tasks it does well: mark 4 or more.
  std::vector<std::string> good_at() const;
};

/// Immutable; thread-safe.
class ChoiceTable {
 public:
  /// Errors: misconfigured, naming the row at fault.
  static Result<ChoiceTable> parse(std::string_view json);
  static const ChoiceTable& builtin();
  std::span<const JudgedModel> models() const noexcept { return models_; }
  const JudgedModel* find(std::string_view model) const noexcept;
  /// One line about a task.
  std::string_view about(Purpose purpose) const noexcept;

 private:
  std::vector<JudgedModel> models_;
  std::vector<std::string> about_;
};

/// How a model stands here and now.
struct Standing {
  enum class State : std::uint8_t { ready, to_pull, no_key, no_room } state = State::ready;
  std::string need;            ///< "OPENAI_API_KEY", "3.0 GB of memory, 5.1 GB are free"
  std::optional<double> cost;  ///< USD of a usual question: one photograph, 200 tokens of answer
};

struct Recommendation {
  std::string model;
  Standing standing;
  int mark = 0;  ///< for the task
  std::vector<std::string> reasons;
  std::string next;  ///< what to type; "" when nothing helps
};
std::string_view name(Standing::State state) noexcept;

/// Every model that is of use for the task, the best that can be asked now first, then those that need
/// something. `standing` says nothing for a model that cannot be had at all.
std::vector<Recommendation> recommend(
    const ChoiceTable& table, Purpose purpose,
    const std::function<std::optional<Standing>(const JudgedModel&)>& standing);

}  // namespace sensorium::service
