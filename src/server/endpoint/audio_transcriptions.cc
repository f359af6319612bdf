// POST /v1/audio/transcriptions: OpenAI's interface, on every speech engine.
#include "server/transcript_call.h"

namespace sensorium::server {
namespace {

Task<> audio_transcriptions(Call& call) {
  return answer_openai_transcript(call, service::SpeechWork::transcribe);
}

}  // namespace

extern const EndpointDef audio_transcriptions_endpoint{
    .method = "POST",
    .path = "/v1/audio/transcriptions",
    .operation = "audio_transcriptions",
    .summary = "A recording to text, as OpenAI's interface has it",
    .request_type = "multipart/form-data",
    .request_schema = "",
    .reply_schema = "",
    .handle = audio_transcriptions,
};

}  // namespace sensorium::server
