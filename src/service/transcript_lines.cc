// An item whose output is a whole transcript.
#include "service/transcript_lines.h"

#include "service/question_json.h"

namespace sensorium::service {

std::string transcript_item_line(std::string_view input, const Result<Transcript>& outcome) {
  JsonText json;
  json.open('{')
      .field("type", "item")
      .field("input", input)
      .field("status", outcome ? "ok" : "failed")
      .key("output");
  if (outcome) write_transcript(json, *outcome);
  else json.null();
  json.key("usage");
  if (outcome) json.open('{').key("audio_seconds").number(outcome->duration).close('}');
  else json.null();
  json.key("cost_usd").number(outcome ? outcome->cost_usd : std::nullopt).key("error");
  if (outcome) json.null();
  else json.raw(error_object(outcome.error(), ""));
  json.close('}');
  return std::move(json).take();
}

}  // namespace sensorium::service
