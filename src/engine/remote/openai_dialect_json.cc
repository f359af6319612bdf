// Chunks and answers through Boost.JSON, in a fixed arena: about a microsecond per chunk.
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>

#include "base/json.h"
#include "engine/remote/openai_dialect.h"

namespace sensorium::openai {
namespace {

constexpr std::size_t arena_bytes = 4 * 1024;  // what is larger spills to the heap
constexpr std::size_t max_depth = 32;

boost::json::parse_options options() {
  boost::json::parse_options options;
  options.max_depth = max_depth;
  options.allow_invalid_utf8 = true;  // a character cut in two by a server must not lose the chunk
  return options;
}

std::int64_t count(const json::value& source, std::string_view name) {
  return std::max<std::int64_t>(0, json::integer_member(source, name).value_or(0));
}

std::optional<Usage> read_usage(const json::value& root) {
  const json::value* usage = json::member(root, "usage");
  if (!usage || !usage->is_object()) return std::nullopt;
  Usage out{.input_tokens = count(*usage, "prompt_tokens"),
            .output_tokens = count(*usage, "completion_tokens"),
            .from_provider = true};
  if (const json::value* details = json::member(*usage, "prompt_tokens_details")) {
    out.cached_tokens = count(*details, "cached_tokens");
    out.image_tokens = count(*details, "image_tokens");
  }
  return out;
}

}  // namespace

struct ChunkParser::State {
  unsigned char arena[arena_bytes];
  std::optional<boost::json::monotonic_resource> memory;
  boost::json::parser parser{{}, options()};
  std::optional<json::value> value;
  std::string joined;  ///< content given as a list of parts

  bool read(std::string_view text) {
    value.reset();
    memory.emplace(arena, sizeof arena);  // anew: release() would keep doubling its block size
    boost::json::error_code failure;
    try {
      parser.reset(&*memory);
      parser.write(text.data(), text.size(), failure);
      if (!failure) value.emplace(parser.release());
    } catch (const std::exception&) {  // out of memory or too deep: not a chunk of ours
      return false;
    }
    return !failure && value->is_object();
  }

  /// A string, null, or (some servers) a list of {"type":"text","text":...}.
  std::string_view text_of(const json::value* content) {
    if (!content) return {};
    if (const auto* text = content->if_string()) return {text->data(), text->size()};
    const auto* parts = content->if_array();
    if (!parts) return {};
    joined.clear();
    for (const json::value& part : *parts)
      if (const auto text = json::string_member(part, "text")) joined += *text;
    return joined;
  }
};

ChunkParser::ChunkParser() : state_(std::make_unique<State>()) {}
ChunkParser::~ChunkParser() = default;
ChunkParser::ChunkParser(ChunkParser&&) noexcept = default;

bool ChunkParser::parse(std::string_view text, Chunk& chunk) {
  chunk = {};
  if (!state_->read(text)) return false;
  const json::value& root = *state_->value;
  const json::value* error = json::member(root, "error");
  chunk.error = (error && !error->is_null()) || json::string_member(root, "object") == "error";
  if (chunk.error) return true;
  chunk.model = json::string_member(root, "model").value_or("");
  chunk.usage = read_usage(root);
  const auto* choices = json::array_member(root, "choices");
  if (!choices || choices->empty()) return true;
  const json::value& choice = choices->front();
  chunk.has_choice = true;
  chunk.finish_reason = json::string_member(choice, "finish_reason").value_or("");
  const json::value* said = json::member(choice, "delta");
  if (!said) said = json::member(choice, "message");
  if (!said) return true;
  chunk.content = state_->text_of(json::member(*said, "content"));
  chunk.refusal = json::string_member(*said, "refusal").value_or("");
  return true;
}

}  // namespace sensorium::openai
