// POST /v1/analyze/video: a film as a form, its timeline whole or as a stream of frames.
#include "base/ids.h"
#include "server/answer_call.h"
#include "server/event_fields.h"
#include "server/film_form.h"
#include "server/read_form.h"
#include "server/watched.h"
#include "service/film_json.h"

namespace sensorium::server {
namespace {

/// Frames as `item` events while the film is read; nothing for whole replies.
class FilmEvents final : public service::FilmSink {
 public:
  FilmEvents(net::EventStream* events, std::string stream) : events_(events), fields_(std::move(stream)) {}
  Task<> frame(const service::FilmFrame& frame) override {
    if (!events_) co_return Status{};
    data_ = service::film_frame_json(frame);
    // What was dropped is told with the next that was not.
    if (frame.decision != "sent") {
      events_->hold(fields("event: item\n"), data_);
      co_return Status{};
    }
    co_return co_await events_->send(fields("event: item\n"), data_);
  }
  Task<> stage(std::string_view stage) override {
    if (events_) events_->hold(fields("event: progress\n"), service::stage_json(stage));
    co_return Status{};
  }
  std::string_view fields(std::string_view kind) { return fields_.next(kind); }

 private:
  net::EventStream* events_;
  EventFields fields_;
  std::string data_;
};

Task<service::FilmQuestion> read_film(Call& call, FilmForm& form) {
  const CallContext ctx = call.context();
  SN_CO_TRY(co_await fill_form(call, ctx, form));
  co_return co_await call.shared().files.run(ctx, [&form](const CallContext&) { return form.finish(); });
}

Task<service::Timeline> timeline_watched(Call& call, const service::FilmQuestion& question,
                                         service::FilmSink& sink) {
  constexpr Milliseconds longest(std::chrono::hours(12));
  return watched<service::Timeline>(call, question.timeout.value_or(longest), [&](const CallContext& ctx) {
    return call.shared().service.timeline(call.shard(), ctx, question, sink);
  });
}

Task<> reply_whole(Call& call, const service::FilmQuestion& question) {
  FilmEvents nobody(nullptr, {});
  const auto timeline = SN_CO_TRY(co_await timeline_watched(call, question, nobody));
  call.model = timeline.model;
  const std::string body = service::timeline_json(timeline);
  co_return co_await call.reply_json(body);
}

Task<> reply_as_stream(Call& call, const service::FilmQuestion& question) {
  std::string stream = make_id("st-");
  call.headers.emplace_back("Sensorium-Stream-Id", stream);
  call.status = 200;
  const auto events = SN_CO_TRY(co_await call.exchange().events(call.headers));
  FilmEvents sink(events.get(), std::move(stream));
  const auto timeline = co_await timeline_watched(call, question, sink);
  if (!timeline) {
    events->hold(sink.fields("event: error\n"), service::error_json(timeline.error(), call.request_id()));
    SN_CO_TRY(co_await events->finish());
    co_return timeline.error();
  }
  call.model = timeline->model;
  const std::string body = service::timeline_json(*timeline);
  SN_CO_TRY(co_await events->send(sink.fields("event: result\n"), body));
  events->hold({}, "[DONE]");
  co_return co_await events->finish();
}

Task<> analyze_video(Call& call) {
  const std::string_view type = call.head().header("content-type");
  if (type.starts_with("application/json")) {
    const std::string body = SN_CO_TRY(co_await call.exchange().read_body());
    const auto question = SN_CO_TRY(service::parse_film_question(body));
    co_return Error(Code::not_built_in, "This version does not fetch films from URLs",
                    "Send the film as a form: curl -F file=@film.mp4")
        .at("video_url");
  }
  const std::string boundary = SN_CO_TRY(net::multipart_boundary(type));
  FilmForm form(boundary, call.shared().spool_dir);
  const auto question = SN_CO_TRY(co_await read_film(call, form));
  add_ignored(call, question.ignored);
  if (question.stream) co_return co_await reply_as_stream(call, question);
  co_return co_await reply_whole(call, question);
}

}  // namespace

extern const EndpointDef analyze_video_endpoint{
    .method = "POST",
    .path = "/v1/analyze/video",
    .operation = "analyze_video",
    .summary = "Make the timeline of a film",
    .request_type = "multipart/form-data",
    .request_schema = "Film",
    .reply_schema = "Timeline",
    .handle = analyze_video,
};

}  // namespace sensorium::server
