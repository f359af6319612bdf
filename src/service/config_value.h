// Values of keys: as found in TOML or in text, and as the program uses them.
#pragma once

#include <cstdint>
#include <expected>
#include <limits>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/option_def.h"
#include "service/config.h"

namespace sensorium::config {

/// A TOML value that no key takes: "a date", "a section".
struct Strange {
  std::string_view what;
};

/// TOML values have types; flags and the environment give text for every type.
enum class Spelling : unsigned char { typed, text };

struct RawValue {
  std::variant<std::string, std::int64_t, double, bool, std::vector<std::string>, Strange> data;
  Spelling spelling = Spelling::typed;
};

struct Choice {
  std::size_t index;
  std::string name;
};

using Value = std::variant<std::string, std::int64_t, double, bool, Milliseconds, Mebibytes, Choice,
                           std::vector<std::string>>;

/// Inclusive; seconds for durations, mebibytes for sizes.
struct Bounds {
  double low = 0;
  double high = 1e12;
};

/// Ends of the sentences "`key` must be ..." and "Found ...".
struct Mismatch {
  std::string wanted;
  std::string found;
};

std::expected<Value, Mismatch> convert(const OptionDef& option, Bounds bounds, const RawValue& raw);

/// What a value must be: "a whole number from 0 to 1024", "one of auto, on, off".
std::string wanted_words(const OptionDef& option, Bounds bounds);

/// The value as TOML.
std::string to_toml(const Value& value);

}  // namespace sensorium::config
