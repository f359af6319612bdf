// Answers that follow a JSON Schema: natively where the provider keeps to one, by the prompt elsewhere; what
// does not follow it is asked for again with the validator's own words.
#pragma once

#include "pipeline/extract.h"
#include "pipeline/image.h"

namespace sensorium::pipeline {

/// The prompt for an engine with this card: that of the question, and what it must know of the schema.
std::string prompt_for(const ImageQuestion& question, const EngineCard& card,
                       std::span<const PicturePart> pictures);

/// question.schema must be set; usage and tries of the answer are those of all rounds, its `data` is valid.
/// At most two repair rounds. Errors: upstream_protocol when the answer still does not follow the schema;
/// model_limit when only a reader could be asked and its lines do not give it.
Task<std::unique_ptr<ImageAnswer>> ask_structured(const CallContext& ctx, MediaResources& media,
                                                  const ImageQuestion& question,
                                                  std::span<const Candidate> candidates,
                                                  const StageCallback& stage);

}  // namespace sensorium::pipeline
