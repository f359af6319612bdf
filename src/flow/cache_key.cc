// Every part goes in with its length, so that no two requests read alike.
#include "flow/cache_key.h"

#include <fmt/format.h>

#include <iterator>

#include "base/sha256.h"

namespace sensorium::flow {
namespace {

constexpr std::string_view version = "answer key 1";

class Recipe {
 public:
  Recipe() { text_.reserve(512); }
  void part(std::string_view bytes) {
    number(static_cast<std::int64_t>(bytes.size()));
    text_ += bytes;
  }
  void number(std::int64_t n) { fmt::format_to(std::back_inserter(text_), "{};", n); }
  const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

void add(Recipe& recipe, const PicturePart& picture) {
  const auto& [original, prepared, detail, place] = picture;
  // What the engine sees: for one that reads the original itself that digest is the original's.
  recipe.part(prepared.sha256);
  recipe.part(prepared.mime);
  recipe.number(static_cast<std::int64_t>(detail));
  recipe.number(place.has_value());
  if (!place) return;
  const auto& [index, whole, region] = *place;
  for (const std::int64_t n : {static_cast<std::int64_t>(index), std::int64_t{whole.width},
                               std::int64_t{whole.height}, std::int64_t{region.x}, std::int64_t{region.y},
                               std::int64_t{region.width}, std::int64_t{region.height}})
    recipe.number(n);
}

void add(Recipe& recipe, const Turn& turn) {
  const auto& [role, text, pictures] = turn;
  recipe.number(static_cast<std::int64_t>(role));
  recipe.part(text);
  recipe.number(static_cast<std::int64_t>(pictures.size()));
  for (const PicturePart& picture : pictures) add(recipe, picture);
}

void add(Recipe& recipe, const std::optional<AnswerSchema>& schema) {
  recipe.number(schema.has_value());
  if (!schema) return;
  const auto& [json, name] = *schema;
  recipe.part(json);
  recipe.part(name);
}

unsigned char hex_value(char digit) noexcept {
  return static_cast<unsigned char>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

store::CacheKey digest(std::string_view text) {
  const std::string hex = sha256_hex(text);
  store::CacheKey key;
  for (std::size_t i = 0; i < key.bytes.size(); ++i)
    key.bytes[i] = static_cast<unsigned char>(hex_value(hex[2 * i]) << 4 | hex_value(hex[2 * i + 1]));
  return key;
}

}  // namespace

store::CacheKey cache_key(std::string_view engine, const ChatRequest& request) {
  // Who asks, how the answer travels, who waits and what it may cost do not change the answer.
  const auto& [model, turns, max_tokens, temperature, stream, lane, last_resort, tries, schema, cache, caller,
               allowance] = request;
  Recipe recipe;
  recipe.part(version);
  recipe.part(engine);
  recipe.part(model);
  recipe.number(static_cast<std::int64_t>(turns.size()));
  for (const Turn& turn : turns) add(recipe, turn);
  recipe.number(max_tokens);
  recipe.part(temperature ? fmt::format("{}", *temperature) : std::string());
  add(recipe, schema);
  return digest(recipe.text());
}

}  // namespace sensorium::flow
