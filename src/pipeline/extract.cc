// The candidates of a text, tried in turn.
#include "pipeline/extract.h"

#include "pipeline/loose_json.h"

namespace sensorium::pipeline {

Extracted read_answer(const Schema& schema, std::string_view text, const PlaceFrame& frame) {
  Extracted best;
  for (auto& candidate : json_candidates(text)) {
    Extracted one{schema.fitted(candidate.json), {}, candidate.closed};
    if (schema.has_places()) one.data = places_in_original(one.data, schema, frame);
    one.problems = schema.problems(one.data);
    if (one.problems.empty()) return one;
    if (best.data.empty() || one.problems.size() < best.problems.size()) best = std::move(one);
  }
  return best;
}

}  // namespace sensorium::pipeline
