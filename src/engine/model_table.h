// ModelTable: limits, token rules and prices of models, read from data/models.json (embedded, and
// replaceable by the user's own file). Data, never code: providers change these monthly.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine_card.h"

namespace sensorium {

/// Immutable after parse(); thread-safe.
class ModelTable {
 public:
  /// Prices that begin or end on a date are chosen as of `today`. Errors: misconfigured, naming the
  /// row at fault.
  static Result<ModelTable> parse(std::string_view json, std::chrono::year_month_day today = date_today());
  /// The table that ships with the program.
  static const ModelTable& builtin();
  /// The user's own file. Blocking. Errors: misconfigured, naming the file and the row at fault.
  static Result<ModelTable> load(const std::string& path);
  static std::chrono::year_month_day date_today();

  /// The card of `model` at `provider`: an exact name, else the longest matching prefix ("gpt-5.4-*").
  /// A model that the provider's rows do not know gets the provider's limits with the token and pixel
  /// rule of its family: by the name after the last '/', any case, first among the families, then
  /// among the models of all providers ("openai/gpt-4o" at a reseller). Else the generic rule: 2048 on
  /// the long side, price unknown.
  EngineCard card(std::string_view provider, std::string_view model) const;

  /// Names of the known models of a provider, for listings and "did you mean".
  std::vector<std::string> models(std::string_view provider) const;

  /// A token rule by its name in the file, or null.
  const TokenRule* token_rule(std::string_view name) const noexcept;

  /// Pictures per question where nobody has told a limit.
  static constexpr int generic_pictures = 16;

  struct Row {
    std::string pattern;  ///< a model name in lower case; a trailing '*' makes it a prefix
    EngineCard card;
  };

 private:
  friend class ModelTableReader;
  struct Provider {
    EngineCard limits;  ///< what holds for models without a row of their own
    std::vector<Row> rows;
  };
  std::map<std::string, Provider, std::less<>> providers_;
  std::vector<Row> families_;  ///< rules only
  std::map<std::string, TokenRule, std::less<>> rules_;
};

}  // namespace sensorium
