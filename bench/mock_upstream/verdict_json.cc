// The strict reading of a chat completion request. Each check names the place of the fault, as the
// path of the member.
#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "common/hash.h"
#include "mock_upstream/picture.h"
#include "mock_upstream/verdict.h"

namespace sensorium::mock {
namespace {

namespace json = boost::json;
using Outcome = std::expected<void, std::string>;

constexpr std::size_t text_kept = 4000, request_kept = 8000, string_kept = 200;
constexpr std::size_t largest_picture = 20UL << 20;

constexpr std::array<std::string_view, 32> known_fields{"model",
                                                        "messages",
                                                        "stream",
                                                        "stream_options",
                                                        "max_tokens",
                                                        "max_completion_tokens",
                                                        "temperature",
                                                        "top_p",
                                                        "stop",
                                                        "n",
                                                        "seed",
                                                        "logprobs",
                                                        "top_logprobs",
                                                        "response_format",
                                                        "tools",
                                                        "tool_choice",
                                                        "parallel_tool_calls",
                                                        "reasoning_effort",
                                                        "verbosity",
                                                        "service_tier",
                                                        "store",
                                                        "metadata",
                                                        "prompt_cache_key",
                                                        "safety_identifier",
                                                        "modalities",
                                                        "moderation",
                                                        "frequency_penalty",
                                                        "presence_penalty",
                                                        "logit_bias",
                                                        "user",
                                                        "audio",
                                                        "prediction"};

template <class... Text>
std::unexpected<std::string> fault(const Text&... text) {
  std::string whole;
  (whole.append(text), ...);
  return std::unexpected(std::move(whole));
}

const json::value* find(const json::object& object, std::string_view name) {
  return object.if_contains(name);
}

void keep(Verdict& v, std::string_view role, std::string_view text) {
  if (role == "assistant" || role == "tool") return;
  auto& kept = role == "user" ? v.text : v.system;
  kept.append(text.substr(0, text_kept - std::min(kept.size(), text_kept)));
}

/// A copy with every long string cut, so that pictures do not fill the memory.
json::value shortened(const json::value& source) {
  if (const auto* text = source.if_string()) {
    if (text->size() <= string_kept) return source;
    const std::string_view view(*text);
    return json::value(std::string(view.substr(0, 64)) + "...(" + std::to_string(view.size()) + " bytes)");
  }
  if (const auto* list = source.if_array()) {
    json::array copy;
    for (const auto& item : *list) copy.push_back(shortened(item));
    return copy;
  }
  if (const auto* object = source.if_object()) {
    json::object copy;
    for (const auto& [name, item] : *object) copy[name] = shortened(item);
    return copy;
  }
  return source;
}

Outcome read_data_url(Verdict& v, std::string_view url, std::string_view detail, const std::string& at) {
  if (!url.starts_with("data:")) return fault(at, ".image_url.url must be a data URL here");
  url.remove_prefix(5);
  constexpr std::string_view mark = ";base64,";
  const auto split = url.find(mark);
  if (split == std::string_view::npos) return fault(at, ".image_url.url has no ';base64,'");
  const auto mime = url.substr(0, split);
  const auto bytes = decode_base64(url.substr(split + mark.size()));
  if (!bytes) return fault(at, ".image_url.url: ", bytes.error());
  if (bytes->size() > largest_picture) return fault(at, ".image_url.url: image too large, at most 20 MB");
  const auto facts = read_picture(*bytes);
  if (!facts) return fault(at, ".image_url.url: invalid image: ", facts.error());
  if (facts->mime != mime)
    return fault(at, ".image_url.url: invalid image: declared ", mime, ", found ", facts->mime);
  v.pictures.push_back({.mime = facts->mime,
                        .detail = std::string(detail),
                        .sha256 = bench::sha256_hex(*bytes),
                        .bytes = bytes->size(),
                        .width = facts->width,
                        .height = facts->height});
  return {};
}

Outcome read_picture_part(Verdict& v, const json::object& part, const std::string& at) {
  const auto* holder = find(part, "image_url");
  if (holder == nullptr || !holder->is_object()) return fault(at, ".image_url must be an object");
  std::string_view detail;
  for (const auto& [name, value] : holder->get_object()) {
    if (name == "detail") {
      if (!value.is_string()) return fault(at, ".image_url.detail must be a string");
      detail = value.get_string();
    } else if (name != "url") {
      return fault(at, ".image_url.", std::string_view(name), " is not a known member");
    }
  }
  if (!detail.empty() && detail != "low" && detail != "high" && detail != "auto" && detail != "original")
    return fault(at, ".image_url.detail: invalid value '", detail, "'");
  const auto* url = find(holder->get_object(), "url");
  if (url == nullptr || !url->is_string()) return fault(at, ".image_url.url must be a string");
  return read_data_url(v, url->get_string(), detail, at);
}

Outcome read_part(Verdict& v, const json::value& source, std::string_view role, const std::string& at) {
  const auto* part = source.if_object();
  if (part == nullptr) return fault(at, " must be an object");
  const auto* type = find(*part, "type");
  if (type == nullptr || !type->is_string()) return fault(at, ".type must be a string");
  const std::string_view kind = type->get_string();
  if (kind == "text") {
    const auto* text = find(*part, "text");
    if (text == nullptr || !text->is_string()) return fault(at, ".text must be a string");
    keep(v, role, text->get_string());
    return {};
  }
  if (kind == "image_url" && role == "user") return read_picture_part(v, *part, at);
  if ((kind == "input_audio" || kind == "file") && role == "user") return {};
  return fault(at, ".type: '", kind, "' is not allowed in a ", role, " message");
}

Outcome read_message(Verdict& v, const json::value& source, const std::string& at) {
  const auto* message = source.if_object();
  if (message == nullptr) return fault(at, " must be an object");
  const auto* role_value = find(*message, "role");
  if (role_value == nullptr || !role_value->is_string()) return fault(at, ".role must be a string");
  const std::string_view role = role_value->get_string();
  constexpr std::array<std::string_view, 5> roles{"system", "developer", "user", "assistant", "tool"};
  if (std::ranges::find(roles, role) == roles.end()) return fault(at, ".role: invalid value '", role, "'");
  const auto* content = find(*message, "content");
  if (content != nullptr && content->is_string()) {
    keep(v, role, content->get_string());
    return {};
  }
  if (content == nullptr || !content->is_array()) {
    if (role == "assistant" && find(*message, "tool_calls") != nullptr) return {};
    return fault(at, ".content must be a string or an array");
  }
  const auto& parts = content->get_array();
  if (parts.empty()) return fault(at, ".content must not be empty");
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (auto done = read_part(v, parts[i], role, at + ".content[" + std::to_string(i) + "]"); !done)
      return done;
  return {};
}

Outcome read_limits(Verdict& v, const json::object& root) {
  for (const std::string_view name : {"max_tokens", "max_completion_tokens"}) {
    const auto* value = find(root, name);
    if (value == nullptr || value->is_null()) continue;
    if (!value->is_int64() || value->get_int64() < 1) {
      v.error_param = name;
      return fault(name, " must be a positive integer");
    }
  }
  const auto* temperature = find(root, "temperature");
  if (temperature == nullptr || temperature->is_null()) return {};
  boost::system::error_code failed;
  const double degrees = temperature->to_number<double>(failed);
  if (failed || degrees < 0 || degrees > 2) return fault("temperature must be a number from 0 to 2");
  return {};
}

Outcome read_stream(Verdict& v, const json::object& root) {
  if (const auto* stream = find(root, "stream"); stream != nullptr && !stream->is_null()) {
    if (!stream->is_bool()) return fault("stream must be a boolean");
    v.stream = stream->get_bool();
  }
  const auto* settings = find(root, "stream_options");
  if (settings == nullptr || settings->is_null()) return {};
  if (!v.stream) return fault("stream_options is only allowed when stream is true");
  if (!settings->is_object()) return fault("stream_options must be an object");
  const auto* usage = find(settings->get_object(), "include_usage");
  if (usage != nullptr && !usage->is_bool()) return fault("stream_options.include_usage must be a boolean");
  v.include_usage = usage != nullptr && usage->get_bool();
  return {};
}

Outcome read_model(Verdict& v, const json::object& root) {
  const auto* model = find(root, "model");
  if (model == nullptr || !model->is_string() || model->get_string().empty())
    return fault("you must provide a model parameter");
  v.model = std::string_view(model->get_string());
  const auto semicolon = v.model.find(';');
  if (semicolon == std::string::npos) return {};
  return apply_options(v.options, std::string_view(v.model).substr(semicolon + 1));
}

Outcome read_root(Verdict& v, const json::value& source) {
  const auto* root = source.if_object();
  if (root == nullptr) return fault("the body must be a JSON object");
  for (const auto& [name, value] : *root) {
    v.fields.emplace_back(name);
    if (std::ranges::find(known_fields, std::string_view(name)) != known_fields.end()) continue;
    v.error_param = name;
    return fault("unrecognized request argument: ", std::string_view(name));
  }
  for (auto* step : {read_model, read_stream, read_limits})
    if (auto done = step(v, *root); !done) return done;
  const auto* messages = find(*root, "messages");
  if (messages == nullptr || !messages->is_array() || messages->get_array().empty())
    return fault("messages must be a non-empty array");
  const auto& list = messages->get_array();
  for (std::size_t i = 0; i < list.size(); ++i)
    if (auto done = read_message(v, list[i], "messages[" + std::to_string(i) + "]"); !done) return done;
  return {};
}

Outcome read_body(Verdict& v, std::string_view body) {
  boost::system::error_code failed;
  json::parse_options strict;
  strict.max_depth = 64;
  json::stream_parser parser({}, strict);
  const auto used = parser.write_some(body.data(), body.size(), failed);
  if (!failed && used < body.size() &&
      body.substr(used).find_first_not_of(" \t\r\n") != std::string_view::npos)
    return fault("invalid JSON: extra data at byte ", std::to_string(used));
  if (!failed) parser.finish(failed);
  if (failed) return fault("invalid JSON: ", failed.message(), " near byte ", std::to_string(used));
  const auto root = parser.release();
  auto outcome = read_root(v, root);
  v.request = json::serialize(shortened(root));
  if (v.request.size() > request_kept) v.request = "null";
  return outcome;
}

}  // namespace

std::shared_ptr<const Verdict> Judge::judge(std::string_view body) {
  constexpr std::uint64_t seed = 0x5e45e0;
  const auto key = bench::fast_hash(body, seed);
  if (const auto found = kept_.find(key); found != kept_.end()) return found->second;
  auto verdict = std::make_shared<Verdict>();
  verdict->options = defaults_;
  verdict->bytes = body.size();
  verdict->sha256 = bench::sha256_hex(body);
  if (auto done = read_body(*verdict, body); !done) verdict->error = std::move(done.error());
  if (kept_.size() >= most_kept) kept_.clear();
  kept_.emplace(key, verdict);
  return verdict;
}

}  // namespace sensorium::mock
