// Events and messages of the Anthropic dialect through Boost.JSON. What is not known is ignored: new
// events and block types appear without notice.
#include "base/json.h"
#include "engine/remote/anthropic_dialect.h"

namespace sensorium::anthropic {
namespace {

std::int64_t count(const json::value& source, std::string_view name) {
  return std::max<std::int64_t>(0, json::integer_member(source, name).value_or(0));
}

std::optional<Usage> read_usage(const json::value& source) {
  const json::value* usage = json::member(source, "usage");
  if (!usage || !usage->is_object()) return std::nullopt;
  const std::int64_t cached = count(*usage, "cache_read_input_tokens");
  return Usage{
      .input_tokens = count(*usage, "input_tokens") + count(*usage, "cache_creation_input_tokens") + cached,
      .output_tokens = count(*usage, "output_tokens"),
      .cached_tokens = cached,
      .from_provider = true};
}

void read_stop(Event& out, const json::value& source) {
  out.stop_reason = json::string_member(source, "stop_reason").value_or("");
  if (out.stop_reason != "refusal") return;
  const json::value* details = json::member(source, "stop_details");
  const auto why = details ? json::string_member(*details, "explanation") : std::nullopt;
  out.refusal = why.value_or("it declined");
}

void read_delta(Event& out, const json::value& root) {
  const json::value* delta = json::member(root, "delta");
  if (!delta) return;
  out.kind = Event::Kind::delta;
  const auto type = json::string_member(*delta, "type").value_or("");
  if (type == "text_delta") out.text = json::string_member(*delta, "text").value_or("");
  if (type == "input_json_delta") out.text = json::string_member(*delta, "partial_json").value_or("");
}

}  // namespace

std::optional<Event> read_event(std::string_view text) {
  const auto root = json::parse(text);
  if (!root || !root->is_object()) return std::nullopt;
  Event out;
  const auto type = json::string_member(*root, "type").value_or("");
  if (type == "error" || json::object_member(*root, "error")) {
    out.kind = Event::Kind::error;
  } else if (type == "message_start") {
    out.kind = Event::Kind::started;
    if (const json::value* message = json::member(*root, "message")) {
      out.model = json::string_member(*message, "model").value_or("");
      out.usage = read_usage(*message);
    }
  } else if (type == "content_block_start") {
    if (const json::value* block = json::member(*root, "content_block"))
      out.text = json::string_member(*block, "text").value_or("");
  } else if (type == "content_block_delta") {
    read_delta(out, *root);
  } else if (type == "message_delta") {
    if (const json::value* delta = json::member(*root, "delta")) read_stop(out, *delta);
    if (!out.stop_reason.empty()) out.kind = Event::Kind::finished;
    out.usage = read_usage(*root);
  } else if (type == "message_stop") {
    out.kind = Event::Kind::stopped;
  }
  return out;
}

std::optional<Event> read_message(std::string_view text) {
  const auto root = json::parse(text);
  if (!root || !root->is_object()) return std::nullopt;
  Event out;
  if (json::object_member(*root, "error")) {
    out.kind = Event::Kind::error;
    return out;
  }
  const auto* blocks = json::array_member(*root, "content");
  if (!blocks) return out;
  out.kind = Event::Kind::finished;
  out.model = json::string_member(*root, "model").value_or("");
  out.usage = read_usage(*root);
  read_stop(out, *root);
  for (const json::value& block : *blocks) {
    const auto type = json::string_member(block, "type").value_or("");
    if (type == "text") out.text += json::string_member(block, "text").value_or("");
    const json::value* input = json::member(block, "input");
    if (type == "tool_use" && input) out.text += json::serialize(*input);
  }
  return out;
}

}  // namespace sensorium::anthropic
