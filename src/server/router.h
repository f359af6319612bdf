// Router: from method and path to an endpoint; a walk over a dozen short rows, no map.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "server/endpoint.h"

namespace sensorium::server {

struct Route {
  const EndpointDef* endpoint = nullptr;
  std::string parameter;  ///< what {…} stood for, percent-decoded
};

struct NoRoute {
  Error error;
  std::string allow;  ///< value of Allow when the path exists
};

/// Errors: not_found, method_not_allowed.
std::expected<Route, NoRoute> find_route(std::string_view method, std::string_view path);

/// True when `query` ("a&b=c") has the parameter `name`.
bool has_query(std::string_view query, std::string_view name) noexcept;

}  // namespace sensorium::server
