// The ten errors that everybody who sends media to models meets, each with how it is told and what
// helps. `sensorium doctor --errors` prints them; doctor FILE names the one at hand.
#pragma once

#include <span>
#include <string_view>

#include "base/error.h"

namespace sensorium::service {

struct Trouble {
  std::string_view name;    ///< "bad base64"
  Code code;                ///< how it is told
  std::string_view sign;    ///< by what it is recognised
  std::string_view remedy;  ///< what to do
};

/// In the order in which people ask about them; always ten.
std::span<const Trouble> troubles() noexcept;
/// By name; must exist.
const Trouble& trouble(std::string_view name) noexcept;

}  // namespace sensorium::service
