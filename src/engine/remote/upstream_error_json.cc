// Error bodies in all their shapes. Nothing here can fail: what is not understood stays empty.
#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "engine/remote/upstream_error.h"

namespace sensorium::upstream {
namespace {

constexpr std::size_t longest_error_body = 64 * 1024;

/// Strings and numbers both serve as codes: "code":"x", "code":429.
void add_code(ErrorBody& out, const json::value& source, std::string_view name) {
  const json::value* member = json::member(source, name);
  if (!member) return;
  if (const auto* text = member->if_string()) {
    if (!text->empty()) out.codes.emplace_back(text->data(), text->size());
  } else if (const auto* number = member->if_int64(); number && *number >= 100 && *number <= 599) {
    out.status = static_cast<int>(*number);
  }
}

void read_details(ErrorBody& out, const json::array& details) {
  for (const json::value& detail : details) {
    add_code(out, detail, "reason");
    if (const auto delay = json::string_member(detail, "retryDelay"))
      out.retry_delay = parse_go_duration(*delay);
    const auto* violations = json::array_member(detail, "violations");
    if (!violations) continue;
    for (const json::value& violation : *violations)
      if (const auto id = json::string_member(violation, "quotaId")) out.quota.append(*id).append(" ");
  }
}

void read_object(ErrorBody& out, const json::value& error) {
  out.recognised = true;
  for (const std::string_view name : {"code", "type", "status", "reason"}) add_code(out, error, name);
  for (const std::string_view name : {"message", "detail", "msg"})
    if (const auto words = json::string_member(error, name); words && out.message.empty())
      out.message = *words;
  if (const auto param = json::string_member(error, "param")) out.param = *param;
  if (const auto* details = json::array_member(error, "details")) read_details(out, *details);
  if (const json::value* details = json::member(error, "details")) add_code(out, *details, "error_code");
  // OpenRouter puts the words of the provider behind it into metadata.raw.
  if (const json::value* metadata = json::member(error, "metadata"))
    if (const auto raw = json::string_member(*metadata, "raw")) out.message.append(": ").append(*raw);
}

/// FastAPI's {"detail":"text"} and {"detail":[{"loc":["body","x"],"msg":"..."}]}.
void read_detail(ErrorBody& out, const json::value& detail) {
  if (const auto* text = detail.if_string()) {
    out.recognised = true;
    out.message.assign(text->data(), text->size());
    return;
  }
  const auto* list = detail.if_array();
  if (!list || list->empty()) return;
  read_object(out, list->front());
  const auto* place = json::array_member(list->front(), "loc");
  if (place && !place->empty())
    if (const auto* field = place->back().if_string()) out.param.assign(field->data(), field->size());
}

void read_root(ErrorBody& out, const json::value& root) {
  if (const json::value* error = json::member(root, "error"); error && !error->is_null()) {
    if (const auto* text = error->if_string()) {
      out.recognised = true;
      out.message.assign(text->data(), text->size());
      add_code(out, root, "code");
    } else {
      read_object(out, *error);
    }
    return;
  }
  if (const json::value* detail = json::member(root, "detail")) return read_detail(out, *detail);
  if (json::string_member(root, "message") || json::string_member(root, "msg")) read_object(out, root);
}

}  // namespace

ErrorBody read_error_body(std::string_view body) {
  ErrorBody out;
  const std::string_view trimmed = text::trim(body.substr(0, longest_error_body));
  out.markup = trimmed.starts_with('<');
  if (trimmed.empty() || out.markup) return out;
  const auto parsed = json::parse(trimmed);
  if (!parsed) {
    out.message = trimmed;
    return out;
  }
  const auto* list = parsed->if_array();
  read_root(out, list && !list->empty() ? list->front() : *parsed);
  return out;
}

}  // namespace sensorium::upstream
