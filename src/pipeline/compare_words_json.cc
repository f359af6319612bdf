// The words of a comparison out of an answer that follows its schema.
#include "base/json.h"
#include "pipeline/compare.h"

namespace sensorium::pipeline {

ComparisonWords words_of_json(std::string_view text) {
  ComparisonWords words;
  const auto value = json::parse(text);
  if (!value) return words;
  const auto add = [&](std::string_view name, std::vector<std::string>& to) {
    if (const auto* list = json::array_member(*value, name))
      for (const auto& one : *list)
        if (one.is_string()) to.emplace_back(one.get_string());
  };
  add("similarities", words.similarities);
  add("differences", words.differences);
  if (const auto text_given = json::string_member(*value, "recommendation");
      text_given && !text_given->empty())
    words.recommendation = *text_given;
  return words;
}

}  // namespace sensorium::pipeline
