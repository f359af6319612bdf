// Recordings as JSON, and requests compared field by field.
#include <fmt/format.h>

#include <map>

#include "base/base64.h"
#include "base/json.h"
#include "base/sha256.h"
#include "base/text.h"
#include "net/tape.h"

namespace sensorium::net {
namespace {

constexpr std::size_t long_text = 256;
constexpr std::string_view schema = "sensorium.exchange/1";

void shorten_texts(json::value& value) {
  if (auto* text = value.if_string(); text && text->size() > long_text) {
    value = fmt::format("sha256:{} ({} bytes)", sha256_hex(std::string_view(*text)), text->size());
  } else if (auto* list = value.if_array()) {
    for (json::value& each : *list) shorten_texts(each);
  } else if (auto* object = value.if_object()) {
    for (auto& [name, each] : *object) shorten_texts(each);
  }
}

using Leaves = std::map<std::string, std::string, std::less<>>;

void flatten(const json::value& value, const std::string& path, Leaves& leaves) {
  if (const auto* list = value.if_array()) {
    for (std::size_t i = 0; i < list->size(); ++i)
      flatten((*list)[i], fmt::format("{}[{}]", path, i), leaves);
  } else if (const auto* object = value.if_object()) {
    for (const auto& [name, each] : *object)
      flatten(each, path.empty() ? std::string(name) : fmt::format("{}.{}", path, std::string_view(name)),
              leaves);
  } else {
    leaves[path] = json::serialize(value);
  }
}

Leaves leaves_of(std::string_view text) {
  Leaves leaves;
  if (const auto value = json::parse(text)) flatten(*value, "", leaves);
  else leaves["the body"] = std::string(text);
  return leaves;
}

std::string_view name(Exchange::End end) noexcept {
  return end == Exchange::End::whole ? "whole" : end == Exchange::End::cut ? "cut" : "failed";
}

json::value piece_value(const std::string& piece) {
  if (text::valid_utf8(piece)) return json::value(piece);
  return json::object{{"base64", base64_encode(piece)}};
}

Error wrong(std::string_view what) {
  return Error(Code::invalid_request, fmt::format("{} is missing or wrong", what));
}

Result<std::string> read_piece(const json::value& value) {
  if (const auto* text = value.if_string()) return std::string(*text);
  const auto base64 = json::string_member(value, "base64");
  if (!base64) return wrong("a piece");
  return base64_decode(*base64);
}

}  // namespace

std::string request_for_people(std::string_view body) {
  auto value = json::parse(body);
  if (!value)
    return body.size() > long_text ? fmt::format("sha256:{} ({} bytes)", sha256_hex(body), body.size())
                                   : std::string(body);
  shorten_texts(*value);
  return json::serialize(*value);
}

std::vector<std::string> differences(std::string_view recorded, std::string_view asked, std::size_t most) {
  const Leaves a = leaves_of(recorded), b = leaves_of(asked);
  std::vector<std::string> found;
  const auto differ = [&](const Leaves& from, const Leaves& in, bool values) {
    for (const auto& [path, value] : from) {
      if (found.size() >= most) return;
      const auto other = in.find(path);
      if (other == in.end() || (values && other->second != value)) found.push_back(path);
    }
  };
  differ(b, a, true);
  differ(a, b, false);
  return found;
}

std::string exchange_json(const Exchange& exchange) {
  json::array headers, pieces;
  for (const auto& [name, value] : exchange.headers) headers.push_back(json::array{name, value});
  for (const std::string& piece : exchange.pieces) pieces.push_back(piece_value(piece));
  auto request = json::parse(exchange.request);
  const json::object out{{"schema", schema},
                         {"id", exchange.id},
                         {"method", exchange.method},
                         {"address", exchange.address},
                         {"request", request ? std::move(*request) : piece_value(exchange.request)},
                         {"end", name(exchange.end)},
                         {"status", exchange.status},
                         {"headers", std::move(headers)},
                         {"pieces", std::move(pieces)},
                         {"error", exchange.error},
                         {"message", exchange.message}};
  return json::serialize(out) + "\n";
}

Result<Exchange> read_exchange(std::string_view text) {
  const json::value value = SN_TRY(json::parse(text::trim(text)));
  if (json::string_member(value, "schema") != schema) return wrong("schema");
  const auto id = json::string_member(value, "id"), method = json::string_member(value, "method"),
             address = json::string_member(value, "address"), end = json::string_member(value, "end");
  const auto status = json::integer_member(value, "status");
  const auto* headers = json::array_member(value, "headers");
  const auto* pieces = json::array_member(value, "pieces");
  if (!id || !method || !address || !end) return wrong("id, method, address or end");
  if (!status || *status < 0 || *status > 999) return wrong("status");
  if (!headers || !pieces) return wrong("headers or pieces");
  Exchange exchange;
  exchange.id = *id;
  exchange.method = *method;
  exchange.address = *address;
  if (const auto* request = json::member(value, "request")) exchange.request = json::serialize(*request);
  exchange.end = *end == "whole" ? Exchange::End::whole
                 : *end == "cut" ? Exchange::End::cut
                                 : Exchange::End::failed;
  exchange.status = static_cast<int>(*status);
  exchange.error = json::string_member(value, "error").value_or("");
  exchange.message = json::string_member(value, "message").value_or("");
  for (const json::value& header : *headers) {
    const auto* pair = header.if_array();
    if (!pair || pair->size() != 2 || !(*pair)[0].is_string() || !(*pair)[1].is_string())
      return wrong("a header");
    exchange.headers.emplace_back((*pair)[0].get_string(), (*pair)[1].get_string());
  }
  for (const json::value& piece : *pieces) exchange.pieces.push_back(SN_TRY(read_piece(piece)));
  return exchange;
}

}  // namespace sensorium::net
