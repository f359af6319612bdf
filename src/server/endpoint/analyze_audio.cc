// POST /v1/analyze/audio: a recording as JSON or as a form, to sensorium.transcript/1.
#include "base/text.h"
#include "server/transcript_call.h"
#include "service/transcript_json.h"

namespace sensorium::server {
namespace {

Task<> from_form(Call& call) {
  const auto form = SN_CO_TRY(co_await read_recording(call));
  auto question = SN_CO_TRY(co_await call.shared().files.run(
      call.context(), [&form](const CallContext&) { return form->finish(); }));
  co_return co_await answer_transcript(call, std::move(question));
}

Task<> analyze_audio(Call& call) {
  const std::string type = text::lower(call.head().header("content-type"));
  if (type.starts_with("multipart/")) co_return co_await from_form(call);
  auto question = service::parse_transcribe(SN_CO_TRY(co_await call.exchange().read_body()));
  if (!question) co_return std::move(question).error();
  co_return co_await answer_transcript(call, std::move(*question));
}

}  // namespace

extern const EndpointDef analyze_audio_endpoint{
    .method = "POST",
    .path = "/v1/analyze/audio",
    .operation = "analyze_audio",
    .summary = "Transcribe a recording, and translate it",
    .request_type = "multipart/form-data",
    .request_schema = "",
    .reply_schema = "Transcript",
    .handle = analyze_audio,
};

}  // namespace sensorium::server
