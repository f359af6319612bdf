// ModelTable: limits, token rules and prices of models, read from data/models.json (embedded, and
// replaceable by the user's own file). Data, never code: providers change these monthly.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/engine_card.h"

namespace sensorium {

/// Immutable after parse(); thread-safe.
class ModelTable {
 public:
  /// Errors: misconfigured, naming the row at fault.
  static Result<ModelTable> parse(std::string_view json);
  /// The table that ships with the program.
  static const ModelTable& builtin();

  /// The card of `model` at `provider`: an exact name, else the longest matching prefix ("gpt-5.4-*"),
  /// else the provider's default row, else the generic rule (2048 on the long side, price unknown).
  EngineCard card(std::string_view provider, std::string_view model) const;

  /// Names of the known models of a provider, for listings and "did you mean".
  std::vector<std::string> models(std::string_view provider) const;

  struct Row {
    std::string provider;
    std::string pattern;  ///< a model name; a trailing '*' makes it a prefix
    EngineCard card;
  };

 private:
  std::vector<Row> rows_;
};

}  // namespace sensorium
