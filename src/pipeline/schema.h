// Schema: a JSON Schema that answers are held to, with the validator behind it (valijson).
// Surprising: before anything is judged an answer is fitted to the schema: "42" becomes 42 where a number
// is wanted, "Name" becomes name; nothing is ever invented.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sensorium::pipeline {

/// Immutable; thread-safe.
class Schema {
 public:
  /// A schema as JSON text (draft 7, local references only). Errors: invalid_request with param "schema":
  /// not JSON, not a schema, over 64 KiB, references that lead in a circle or elsewhere, patterns that
  /// could take forever.
  static Result<Schema> compile(std::string_view json);

  const std::string& json() const noexcept;  ///< compact
  /// What is wrong with `json` by the validator's words, at most 8 lines; empty when it is valid.
  std::vector<std::string> problems(std::string_view json) const;
  /// `json`, itself strict JSON, fitted to the schema as far as its meaning allows; compact.
  std::string fitted(std::string_view json) const;
  /// Whether some value in it is a box or a point ("format").
  bool has_places() const noexcept;
  /// Whether its root may only be an object.
  bool wants_object() const noexcept;

 private:
  struct Parts;
  explicit Schema(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}
  std::shared_ptr<const Parts> parts_;
};

/// The short form as a JSON Schema: "name, age int, items: list". Fields are parted by commas or lines;
/// each is NAME [TYPE] [: TYPE or description]. Types: text (default), int, number, bool, list, list of
/// TYPE, box, point, object {…}, list {…}; NAME? may be missing. Errors: invalid_request, param "schema".
Result<std::string> schema_of_words(std::string_view words);

/// JSON text or the short form, whichever `text` is.
Result<Schema> schema_from(std::string_view text);

}  // namespace sensorium::pipeline
