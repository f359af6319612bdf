// An item whose output is a whole transcript.
#include "service/transcript_lines.h"

#include "service/item_json.h"

namespace sensorium::service {

std::string transcript_item_line(std::string_view input, const Result<Transcript>& outcome) {
  return item_of<Transcript>(input, outcome, outcome ? outcome->cost_usd : std::nullopt, write_transcript,
                             [](JsonText& json, const Transcript& transcript) {
                               json.open('{').key("audio_seconds").number(transcript.duration).close('}');
                             });
}

}  // namespace sensorium::service
