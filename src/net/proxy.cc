// Proxy choice, as curl documents it: lower case first, HTTP_PROXY in capitals too since we are no CGI.
#include "net/proxy.h"

#include <cstdlib>

#include "base/base64.h"
#include "base/text.h"

namespace sensorium::net {
namespace {

std::optional<std::string> first_set(const Environment& environment,
                                     std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (auto value = environment(name); value && !value->empty()) return value;
  return std::nullopt;
}

bool excluded(const Url& target, std::string_view list) {
  for (std::string_view item : text::split(list, ',')) {
    item = text::trim(item);
    if (item == "*") return true;
    if (item.starts_with("*.")) item.remove_prefix(2);
    if (item.starts_with(".")) item.remove_prefix(1);
    if (item.empty()) continue;
    const std::string name = text::lower(item);
    if (target.host == name || target.host + ":" + target.port == name) return true;
    if (target.host.size() > name.size() && target.host.ends_with(name) &&
        target.host[target.host.size() - name.size() - 1] == '.')
      return true;
  }
  return false;
}

Result<Proxy> parse_proxy(std::string text) {
  Proxy proxy;
  if (text.find("://") == std::string::npos) text.insert(0, "http://");
  const std::size_t begin = text.find("://") + 3, sign = text.find('@', begin);
  if (sign != std::string::npos) {
    proxy.authorization = "Basic " + base64_encode(text.substr(begin, sign - begin));
    text.erase(begin, sign + 1 - begin);
  }
  auto url = parse_url(text);
  if (!url || url->scheme != "http")
    return Error(Code::misconfigured, "The proxy in the environment is not an http:// address",
                 "Correct HTTP_PROXY or HTTPS_PROXY, or unset it");
  proxy.url = std::move(*url);
  return proxy;
}

}  // namespace

std::optional<std::string> process_environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? std::optional<std::string>(value) : std::nullopt;
}

bool is_loopback(std::string_view host) noexcept {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

Result<std::optional<Proxy>> choose_proxy(const Url& target, const Environment& environment) {
  if (target.scheme == "unix" || is_loopback(target.host)) return std::optional<Proxy>();
  const auto chosen = target.secure()
                          ? first_set(environment, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
                          : first_set(environment, {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"});
  if (!chosen) return std::optional<Proxy>();
  const auto none = first_set(environment, {"no_proxy", "NO_PROXY"});
  if (none && excluded(target, *none)) return std::optional<Proxy>();
  return std::optional<Proxy>(SN_TRY(parse_proxy(*chosen)));
}

}  // namespace sensorium::net
