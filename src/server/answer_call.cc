// Answering: the wait for the engine is watched for the client's departure, the deadline and the end of
// the service. A stream's head goes out before the engine is asked, so that heartbeats run from then on.
#include "server/answer_call.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ids.h"
#include "base/text.h"
#include "server/event_fields.h"
#include "server/watched.h"
#include "service/question_json.h"

namespace sensorium::server {
namespace {

/// Numbers events and writes them.
class EventSink final : public service::AnswerSink {
 public:
  EventSink(net::EventStream& events, std::string stream) : events_(events), fields_(std::move(stream)) {}

  Task<> text(std::string_view piece) override {
    characters_ += std::ranges::count_if(piece, [](char c) { return (c & 0xC0) != 0x80; });
    data_ = service::content_json(piece);
    return events_.send(fields_.next({}), data_);
  }
  // Most stages last microseconds: their events wait for company.
  Task<> stage(std::string_view name) override {
    hold("event: progress\n", service::stage_json(name));
    co_return Status{};
  }
  Task<> seam(const service::SeamReport& seam) override {
    characters_ = 0;
    data_ = service::seam_json(seam);
    return events_.send(fields_.next("event: seam\n"), data_);
  }
  /// Of the answer that stands so far.
  std::int64_t characters() const noexcept { return characters_; }
  void hold(std::string_view kind, std::string_view data) { events_.hold(fields_.next(kind), data); }

 private:
  net::EventStream& events_;
  EventFields fields_;
  std::int64_t characters_ = 0;
  std::string data_;  ///< what is being sent; one call at a time
};

/// Asks, or gives the answer that was given under the same Idempotency-Key.
Task<service::Answer> ask_once(Call& call, const CallContext& ctx, service::Question& question,
                               service::AnswerSink& sink) {
  const std::string_view key = call.head().header("idempotency-key");
  auto place = SN_CO_TRY(co_await call.shared().idempotency.claim(
      ctx, fmt::format("{}\n{}\n{}", call.caller, call.head().path, key), call.fingerprint));
  if (place.answer) {
    call.headers.emplace_back("Idempotency-Replayed", "true");
    if (question.stream) SN_CO_TRY(co_await sink.text(place.answer->result));
    co_return *place.answer;
  }
  auto answer = co_await call.shard().ask(ctx, question, sink);
  if (answer) place.claim.keep(*answer);
  co_return answer;
}

Task<service::Answer> ask_watched(Call& call, service::Question& question, service::AnswerSink& sink) {
  return watched<service::Answer>(call, question.timeout, [&](const CallContext& ctx) {
    return call.fingerprint.empty() ? call.shard().ask(ctx, question, sink)
                                    : ask_once(call, ctx, question, sink);
  });
}

std::string timing_header(const service::Timings& t, double total_ms) {
  std::string out =
      fmt::format("decode;dur={:.3f}, prepare;dur={:.3f}, queue;dur={:.3f}", t.decode, t.prepare, t.queue);
  if (t.first_token) fmt::format_to(std::back_inserter(out), ", first_token;dur={:.3f}", *t.first_token);
  fmt::format_to(std::back_inserter(out), ", generate;dur={:.3f}, total;dur={:.3f}", t.generate, total_ms);
  return out;
}

/// Values of headers may hold nothing else than visible ASCII.
std::string header_safe(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c < 0x20 || c >= 0x7f) c = '?';
  return out;
}

Task<> answer_whole(Call& call, service::Question& question) {
  NoSink sink;
  const service::Answer answer = SN_CO_TRY(co_await ask_watched(call, question, sink));
  call.model = answer.model;
  add_answer_headers(call, answer);
  const std::string body = service::answer_json(answer);
  co_return co_await call.reply_json(body);
}

Error told_in_stream(Error error, bool draining) {
  if (error.code != Code::cancelled || !draining) return error;
  return Error(Code::overloaded, "The service is shutting down and ended this stream",
               "Ask again in a moment")
      .after(Milliseconds(1000));
}

Task<> answer_as_stream(Call& call, service::Question& question) {
  // A name that nobody knows still gets a status of its own.
  SN_CO_TRY(call.shared().service.chain(question.model, question.offline));
  std::string stream = make_id("st-");
  call.headers.emplace_back("Sensorium-Stream-Id", stream);
  call.status = 200;
  const auto events = SN_CO_TRY(co_await call.exchange().events(call.headers));
  EventSink sink(*events, std::move(stream));
  auto answer = co_await ask_watched(call, question, sink);
  if (!answer) {
    Error error = told_in_stream(std::move(answer).error(), call.shared().draining.load());
    sink.hold("event: error\n", service::stream_error_json(error, call.request_id(), sink.characters()));
    SN_CO_TRY(co_await events->finish());
    co_return error;
  }
  call.model = answer->model;
  sink.hold("event: result\n", service::answer_json(*answer));
  events->hold({}, "[DONE]");
  co_return co_await events->finish();
}

}  // namespace

void add_ignored(Call& call, const std::vector<std::string>& names) {
  constexpr std::size_t longest = 1024;
  if (names.empty()) return;
  call.headers.emplace_back("Sensorium-Ignored",
                            header_safe(text::shorten(text::join(names, ", "), longest)));
}

void add_answer_headers(Call& call, const service::Answer& answer) {
  call.headers.emplace_back("Sensorium-Model", header_safe(answer.model));
  call.headers.emplace_back("Sensorium-Cost-Usd",
                            answer.cost_usd ? fmt::format("{}", *answer.cost_usd) : "null");
  call.headers.emplace_back("Sensorium-Cache", answer.cache);
  call.headers.emplace_back("Server-Timing", timing_header(answer.timings_ms, call.elapsed_ms()));
  call.timed = true;
}

Task<> answer_question(Call& call, service::Question question) {
  add_ignored(call, question.ignored);
  question.caller = call.caller;
  if (call.has_idempotency_key()) {
    SN_CO_TRY(check_idempotency_key(call.head().header("idempotency-key")));
    if (call.fingerprint.empty()) call.fingerprint = fingerprint(question);
  }
  if (question.stream) co_return co_await answer_as_stream(call, question);
  co_return co_await answer_whole(call, question);
}

}  // namespace sensorium::server
