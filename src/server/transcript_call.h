// Answering a question about a recording over HTTP, whole or as a stream, in our dialect or OpenAI's.
#pragma once

#include "server/call.h"
#include "server/recording_form.h"

namespace sensorium::server {

/// Reads the request's multipart form. The form must outlive the answer.
Task<std::unique_ptr<RecordingForm>> read_recording(Call& call);

/// sensorium.transcript/1, or its stream of segments.
Task<> answer_transcript(Call& call, service::TranscribeQuestion question);

/// A whole request of OpenAI's routes: form in, the asked format or transcript.text events out.
Task<> answer_openai_transcript(Call& call, service::SpeechWork task);

}  // namespace sensorium::server
