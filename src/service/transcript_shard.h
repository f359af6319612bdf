// The part of a shard that transcribes; private to service*.cc.
#pragma once

#include <functional>

#include "pipeline/image.h"
#include "service/service_shared.h"
#include "service/transcript.h"

namespace sensorium::service {

/// What ServiceShard lends to a transcription.
struct TranscriptParts {
  Service::Shared& shared;
  EngineResources resources;
  /// The chat engine that a model name leads to first, for translations.
  std::function<Result<pipeline::Candidate>(const std::string& model)> chat;
};

Task<Transcript> transcribe_recording(CallContext ctx, TranscriptParts parts,
                                      const TranscribeQuestion& question, TranscriptReceiver& receiver);

}  // namespace sensorium::service
