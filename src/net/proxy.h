// Proxy choice from the environment: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY in either case.
// Surprising: loopback addresses never go through a proxy, whatever the variables say.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "net/url.h"

namespace sensorium::net {

struct Proxy {
  Url url;
  std::string authorization;  ///< value of Proxy-Authorization, or ""
};

using Environment = std::function<std::optional<std::string>(const char* name)>;
/// The process environment.
std::optional<std::string> process_environment(const char* name);

/// The proxy for `target`, or nullopt for a direct connection. Errors: misconfigured.
Result<std::optional<Proxy>> choose_proxy(const Url& target, const Environment& environment);

bool is_loopback(std::string_view host) noexcept;

}  // namespace sensorium::net
