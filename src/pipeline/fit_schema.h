// Fitting a value to a schema without changing what it says; and references within a schema.
// Only *_json.cc files see this header: it speaks Boost.JSON.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace sensorium::pipeline {

/// Mends types (text to number and back), names of fields, spelling of enums, wrappers and missing lists;
/// leaves alone what has no single meaning.
void fit_to_schema(json::value& value, const json::value& schema);

/// Compact JSON with the shortest form of each number: 0.93, where Boost writes 9.3E-1.
std::string compact_json(const json::value& value);

/// What "#/$defs/NAME" leads to, or null.
const json::value* resolve_reference(const json::value& root, std::string_view reference);

}  // namespace sensorium::pipeline
