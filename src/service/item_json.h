// item_of(): the `item` line of --json, whatever the result is.
#pragma once

#include "service/json_text.h"
#include "service/question_json.h"

namespace sensorium::service {

/// {"type":"item","input":...} without the line end. `cost_usd` is that of a good outcome.
template <class T>
std::string item_of(std::string_view input, const Result<T>& outcome, std::optional<double> cost_usd,
                    void (*write_output)(JsonText&, const T&), void (*write_usage)(JsonText&, const T&)) {
  constexpr std::size_t usual_size = 1024;
  JsonText json(usual_size);
  json.open('{')
      .field("type", "item")
      .field("input", input)
      .field("status", outcome ? "ok" : "failed")
      .key("output");
  if (outcome) write_output(json, *outcome);
  else json.null();
  json.key("usage");
  if (outcome) write_usage(json, *outcome);
  else json.null();
  json.key("cost_usd").number(cost_usd).key("error");
  if (outcome) json.null();
  else json.raw(error_object(outcome.error(), ""));
  json.close('}');
  return std::move(json).take();
}

}  // namespace sensorium::service
