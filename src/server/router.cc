// Routing and the table of endpoints.
#include "server/router.h"

#include <array>
#include <charconv>
#include <vector>

#include "base/text.h"

namespace sensorium::server {

#define SN_ENDPOINT(name) extern const EndpointDef name##_endpoint;
#include "server/endpoints.def"
#undef SN_ENDPOINT

namespace {

constexpr std::array table{
#define SN_ENDPOINT(name) &name##_endpoint,
#include "server/endpoints.def"
#undef SN_ENDPOINT
};

std::string percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr == text.data() + i + 3) {
      out += static_cast<char>(value);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// The part of `path` that stands for the pattern's braces, "" without braces, nothing without a match.
std::optional<std::string_view> match(std::string_view pattern, std::string_view path) noexcept {
  const std::size_t brace = pattern.find('{');
  if (brace == std::string_view::npos)
    return pattern == path ? std::optional<std::string_view>("") : std::nullopt;
  const std::string_view fixed = pattern.substr(0, brace);
  if (!path.starts_with(fixed) || path.size() == fixed.size()) return std::nullopt;
  return path.substr(fixed.size());
}

bool serves(const EndpointDef& endpoint, std::string_view method) noexcept {
  return endpoint.method == method || (method == "HEAD" && endpoint.method == "GET");
}

NoRoute nothing_here(std::string_view path) {
  std::vector<std::string_view> known;
  for (const EndpointDef* endpoint : table) known.push_back(endpoint->path);
  const auto meant = text::did_you_mean(path, known);
  return {Error(Code::not_found, "There is nothing at " + text::printable(text::shorten(path, 100)),
                meant ? "Did you mean " + std::string(*meant) + "?" : "GET /openapi.json lists the routes"),
          {}};
}

}  // namespace

std::span<const EndpointDef* const> endpoints() noexcept { return table; }

std::expected<Route, NoRoute> find_route(std::string_view method, std::string_view path) {
  std::string allow;
  for (const EndpointDef* endpoint : table) {
    const auto rest = match(endpoint->path, path);
    if (!rest) continue;
    if (serves(*endpoint, method)) return Route{endpoint, percent_decoded(*rest)};
    if (!allow.empty()) allow += ", ";
    allow += endpoint->method == "GET" ? "GET, HEAD" : endpoint->method;
  }
  if (allow.empty()) return std::unexpected(nothing_here(path));
  Error error(Code::method_not_allowed,
              std::string(path) + " does not take " + text::printable(text::shorten(method, 20)),
              "It takes " + allow);
  return std::unexpected(NoRoute{std::move(error), std::move(allow)});
}

bool has_query(std::string_view query, std::string_view name) noexcept {
  while (!query.empty()) {
    const std::string_view item = query.substr(0, query.find('&'));
    if (item.substr(0, item.find('=')) == name) return true;
    query.remove_prefix(std::min(item.size() + 1, query.size()));
  }
  return false;
}

}  // namespace sensorium::server
