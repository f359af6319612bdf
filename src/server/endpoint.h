// EndpointDef: one route. A new one is a file endpoint/NAME.cc and a line in endpoints.def; the router,
// the metrics and /openapi.json are made from these rows.
#pragma once

#include <span>
#include <string_view>

#include "exec/task.h"

namespace sensorium::server {

class Call;

/// Who may use an endpoint once keys are configured.
enum class Access : unsigned char { anyone, key_holders };

struct EndpointDef {
  std::string_view method;     ///< "GET" also answers HEAD
  std::string_view path;       ///< "/v1/models/{id}": a name in braces, at the end, takes all that is left
  std::string_view operation;  ///< label of metrics and operationId: "analyze_image"
  std::string_view summary;    ///< one line, no full stop
  Access access = Access::key_holders;
  std::string_view request_type = {}, request_schema = {};  ///< "application/json", "Question"
  std::string_view reply_type = "application/json", reply_schema = {};
  /// Replies through the call, or returns the Error that the caller then replies with.
  Task<> (*handle)(Call&) = nullptr;
};

/// All endpoints, in the order of endpoints.def.
std::span<const EndpointDef* const> endpoints() noexcept;

}  // namespace sensorium::server
