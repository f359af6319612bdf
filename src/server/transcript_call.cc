// Recordings take minutes: the wait is watched for the client's departure, and streams tell what is done.
#include "server/transcript_call.h"

#include <fmt/format.h>

#include "base/ids.h"
#include "base/text.h"
#include "server/answer_call.h"
#include "server/event_fields.h"
#include "server/read_form.h"
#include "server/watched.h"
#include "service/question_json.h"

namespace sensorium::server {
namespace {

constexpr Milliseconds longest_call{24LL * 3600 * 1000};

class Quiet final : public service::TranscriptReceiver {};

/// Our dialect: segments as items, progress in seconds of the recording.
class Events final : public service::TranscriptReceiver {
 public:
  Events(net::EventStream& events, std::string stream) : events_(events), fields_(std::move(stream)) {}
  Task<> segment(const service::TranscriptSegment& segment) override {
    const std::string data = service::segment_json(segment);
    const std::string fields(fields_.next("event: item\n"));  // progress may come while this is sent
    co_return co_await events_.send(fields, data);
  }
  Task<> progress(double done, double total) override {
    hold("event: progress\n",
         fmt::format(R"({{"stage":"recognise","done":{:.1f},"total":{:.1f}}})", done, total));
    co_return Status{};
  }
  void hold(std::string_view kind, std::string_view data) { events_.hold(fields_.next(kind), data); }

 private:
  net::EventStream& events_;
  EventFields fields_;
};

/// OpenAI's: transcript.text.delta, and done at the end.
class Deltas final : public service::TranscriptReceiver {
 public:
  explicit Deltas(net::EventStream& events) : events_(events) {}
  Task<> segment(const service::TranscriptSegment& segment) override {
    service::JsonText json;
    const std::string_view piece = first_ ? text::trim(segment.text) : std::string_view(segment.text);
    first_ = false;
    json.open('{').field("type", "transcript.text.delta").field("delta", piece).close('}');
    const std::string data = std::move(json).take();
    co_return co_await events_.send({}, data);
  }

 private:
  net::EventStream& events_;
  bool first_ = true;
};

Task<service::Transcript> transcribe_watched(Call& call, const service::TranscribeQuestion& question,
                                             service::TranscriptReceiver& receiver) {
  return watched<service::Transcript>(
      call, question.timeout.value_or(longest_call),
      [&](const CallContext& ctx) { return call.shard().transcribe(ctx, question, receiver); });
}

void add_headers(Call& call, const service::TranscribeQuestion& question,
                 const service::Transcript* transcript) {
  add_ignored(call, question.ignored);
  if (!transcript) return;
  call.model = transcript->model;
  call.headers.emplace_back("Sensorium-Model", transcript->model);
  call.headers.emplace_back("Sensorium-Cost-Usd",
                            transcript->cost_usd ? fmt::format("{}", *transcript->cost_usd) : "null");
}

Task<> end_with_error(Call& call, net::EventStream& events, std::string_view kind, Error error) {
  events.hold(kind, service::error_json(error, call.request_id()));
  SN_CO_TRY(co_await events.finish());
  co_return error;
}

Task<> stream_transcript(Call& call, const service::TranscribeQuestion& question) {
  std::string stream = make_id("st-");
  add_headers(call, question, nullptr);
  call.headers.emplace_back("Sensorium-Stream-Id", stream);
  call.status = 200;
  const auto events = SN_CO_TRY(co_await call.exchange().events(call.headers));
  Events receiver(*events, std::move(stream));
  auto transcript = co_await transcribe_watched(call, question, receiver);
  if (!transcript)
    co_return co_await end_with_error(call, *events, "event: error\n", std::move(transcript).error());
  call.model = transcript->model;
  receiver.hold("event: result\n", service::transcript_as(*transcript, service::TranscriptFormat::full));
  events->hold({}, "[DONE]");
  co_return co_await events->finish();
}

Task<> stream_openai(Call& call, const service::TranscribeQuestion& question) {
  add_headers(call, question, nullptr);
  call.status = 200;
  const auto events = SN_CO_TRY(co_await call.exchange().events(call.headers));
  Deltas receiver(*events);
  auto transcript = co_await transcribe_watched(call, question, receiver);
  if (!transcript) co_return co_await end_with_error(call, *events, {}, std::move(transcript).error());
  call.model = transcript->model;
  service::JsonText json;
  json.open('{').field("type", "transcript.text.done").field("text", transcript->text).close('}');
  events->hold({}, std::move(json).take());
  events->hold({}, "[DONE]");
  co_return co_await events->finish();
}

}  // namespace

Task<std::unique_ptr<RecordingForm>> read_recording(Call& call) {
  const std::string boundary = SN_CO_TRY(net::multipart_boundary(call.head().header("content-type")));
  auto form = std::make_unique<RecordingForm>(boundary, call.shared().spool_dir);
  SN_CO_TRY(co_await fill_form(call, call.context(longest_call), *form));
  co_return form;
}

Task<> answer_transcript(Call& call, service::TranscribeQuestion question) {
  question.caller = call.caller;
  if (question.stream) co_return co_await stream_transcript(call, question);
  Quiet receiver;
  const auto transcript = SN_CO_TRY(co_await transcribe_watched(call, question, receiver));
  add_headers(call, question, &transcript);
  const std::string body = service::transcript_as(transcript, service::TranscriptFormat::full);
  co_return co_await call.reply_json(body);
}

Task<> answer_openai_transcript(Call& call, service::SpeechWork task) {
  const auto form = SN_CO_TRY(co_await read_recording(call));
  auto question = SN_CO_TRY(co_await call.shared().files.run(
      call.context(longest_call), [&form](const CallContext&) { return form->finish(); }));
  question.task = task;
  question.caller = call.caller;
  if (question.stream) co_return co_await stream_openai(call, question);
  const std::string name = form->response_format().empty() ? "json" : form->response_format();
  const auto format = service::transcript_format(name).value_or(service::TranscriptFormat::json);
  Quiet receiver;
  const auto transcript = SN_CO_TRY(co_await transcribe_watched(call, question, receiver));
  add_headers(call, question, &transcript);
  service::CueLayout layout;
  if (!transcript.translated_to.empty()) layout.text = service::CueLayout::Text::translation;
  const std::string body = service::transcript_as(transcript, format, layout);
  co_return co_await call.reply(200, service::mime_of(format), body);
}

}  // namespace sensorium::server
