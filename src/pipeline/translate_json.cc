// The JSON between us and the translating model.
#include "base/json.h"
#include "base/text.h"
#include "pipeline/translate.h"

namespace sensorium::pipeline {
namespace {

void collect(const json::value& value, std::vector<TranslatedText>& into) {
  if (value.is_array()) {
    for (const auto& item : value.get_array()) collect(item, into);
    return;
  }
  const auto id = json::integer_member(value, "id");
  const auto text = json::string_member(value, "text");
  if (id && text && *id >= 0 && *id <= 1'000'000) into.push_back({static_cast<int>(*id), std::string(*text)});
  else if (value.is_object())
    for (const auto& [name, inner] : value.get_object())
      if (inner.is_array()) collect(inner, into);
}

}  // namespace

std::vector<TranslatedText> parse_translations(std::string_view answer) {
  std::vector<TranslatedText> found;
  const auto open = answer.find_first_of("[{");
  const auto close = answer.find_last_of("]}");
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return found;
  if (const auto whole = json::parse(answer.substr(open, close - open + 1))) {
    collect(*whole, found);
    return found;
  }
  // Broken off or with words between: object by object.
  for (std::size_t at = answer.find('{'); at != std::string_view::npos; at = answer.find('{', at + 1)) {
    const auto end = answer.find('}', at);
    if (end == std::string_view::npos) break;
    if (const auto one = json::parse(answer.substr(at, end - at + 1))) collect(*one, found);
  }
  return found;
}

std::string translation_window(const std::vector<TranslatedText>& texts) {
  json::array list;
  for (const auto& item : texts)
    list.push_back(json::object{{"id", item.id}, {"text", text::clean_utf8(item.text)}});
  return json::serialize(list);
}

}  // namespace sensorium::pipeline
