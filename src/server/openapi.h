// The description of the HTTP surface, and the schemas it is made of.
#pragma once

#include <string>
#include <string_view>

namespace sensorium::server {

/// OpenAPI 3.1, made once from the table of endpoints. Thread-safe.
const std::string& openapi_text();

/// The schema served at /schemas/NAME ("answer-1.json"), "" when there is none.
std::string_view schema_text(std::string_view name) noexcept;

}  // namespace sensorium::server
