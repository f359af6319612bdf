// POST /v1/audio/translations: OpenAI's interface, on every speech engine.
#include "server/transcript_call.h"

namespace sensorium::server {
namespace {

Task<> audio_translations(Call& call) {
  return answer_openai_transcript(call, service::SpeechWork::translate);
}

}  // namespace

extern const EndpointDef audio_translations_endpoint{
    .method = "POST",
    .path = "/v1/audio/translations",
    .operation = "audio_translations",
    .summary = "A recording to English text, as OpenAI's interface has it",
    .request_type = "multipart/form-data",
    .request_schema = "",
    .reply_schema = "",
    .handle = audio_translations,
};

}  // namespace sensorium::server
