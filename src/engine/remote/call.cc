// The flow of a call. Kept in short coroutines: everything alive over a co_await stays in its frame.
#include "engine/remote/call.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "engine/remote/answer_schema.h"
#include "engine/remote/limit_headers.h"
#include "exec/guard.h"

namespace sensorium::upstream {
namespace {

constexpr std::size_t longest_error_body = 64UL << 10, longest_answer = 16UL << 20, remembered_models = 256;
/// How often one call may be repeated with a field less: once for each field there is.
constexpr int most_adjustments = 5;
/// A whole answer has no first byte before it is complete; its own limit is the call's deadline.
constexpr Milliseconds whole_answer_wait{600'000};
/// After [DONE] the connection is worth keeping only if its end follows at once.
constexpr Milliseconds end_of_body_wait{200};

struct Attempt {
  Completion completion;
  std::optional<Adjustment> adjustment;
};

/// The parts of a call that its steps share.
struct Call {
  const CallContext& ctx;
  net::HttpClient& http;
  const Target& target;
  const ChatRequest& request;
  TokenSink& sink;
  Source source;
  TimePoint start;
};

Source source_of(const Target& target, const ChatRequest& request) {
  return {.provider = target.provider,
          .model = request.model,
          .key_variable = target.key_variable,
          .secret = target.api_key,
          .family = target.quirks.errors};
}

net::HttpCall http_call(const Target& target, const ChatRequest& request, std::vector<net::BodyPiece> body) {
  net::HttpCall call{.method = "POST",
                     .url = target.chat_url,
                     .headers = {},
                     .body = std::move(body),
                     .timeouts = target.timeouts};
  call.headers.emplace_back("Content-Type", "application/json");
  call.headers.emplace_back("Accept", request.stream ? "text/event-stream" : "application/json");
  for (auto& header : target.dialect->headers(target.api_key)) call.headers.push_back(std::move(header));
  if (!request.stream) call.timeouts.first_byte = std::max(call.timeouts.first_byte, whole_answer_wait);
  return call;
}

/// The sentences of the HTTP client do not know whom it called.
Error told_by(const Call& call, Error error) {
  if (facts(error.code).type == "upstream_error" || facts(error.code).retry)
    error.message = fmt::format("{}: {}", call.source.provider, error.message);
  return error;
}

bool is_stream(std::string_view body) {
  const std::string_view start = text::trim(body.substr(0, 1024));
  return start.starts_with("data:") || start.starts_with("event:");
}

/// The body, cut at `limit` when the rest does not matter.
Task<std::string> read_body(net::HttpStream& stream, std::size_t limit) {
  std::string body;
  for (;;) {
    const std::string_view piece = SN_CO_TRY(co_await stream.read());
    if (piece.empty() || body.size() >= limit) co_return body;
    body += piece;
  }
}

Task<Attempt> read_refusal(const Call& call, net::HttpStream& stream, const Quirks& quirks) {
  // A body that breaks off still has its status: that decides more than the words.
  const auto body = co_await read_body(stream, longest_error_body);
  const auto error = read_error_body(body ? std::string_view(*body) : std::string_view());
  if (auto adjustment = adjust(quirks, stream.status(), error, call.request))
    co_return Attempt{{}, std::move(adjustment)};
  co_return make_error(call.source, stream.status(), stream.headers(), error);
}

Task<> pass_on(const Call& call, AnswerReader& reader, std::optional<Milliseconds>& first_token) {
  for (;;) {
    const std::string_view text = SN_CO_TRY(reader.next());
    if (text.empty()) co_return Status{};
    if (!first_token) first_token = std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - call.start);
    SN_CO_TRY(co_await call.sink.text(text));
  }
}

Task<Completion> read_events(const Call& call, net::HttpStream& stream, std::string_view already_read = {}) {
  const auto answer = call.target.dialect->reader(call.source);
  AnswerReader& reader = *answer;
  std::optional<Milliseconds> first_token;
  SN_CO_TRY(reader.feed(already_read));
  SN_CO_TRY(co_await pass_on(call, reader, first_token));
  for (bool more = true; more && !reader.done();) {
    auto piece = co_await stream.read();
    // Cut after the answer was complete: nothing of it is missing.
    if (!piece && !(piece.error().code == Code::upstream_broken_stream && reader.complete()))
      co_return told_by(call, std::move(piece).error());
    more = piece && !piece->empty();
    if (more) SN_CO_TRY(reader.feed(*piece));
    else reader.end();
    SN_CO_TRY(co_await pass_on(call, reader, first_token));
  }
  Completion completion = SN_CO_TRY(reader.finish());
  completion.first_token = first_token;
  if (reader.done()) (void)co_await guarded(call.ctx.with_timeout(end_of_body_wait), stream.read());
  co_return completion;
}

Task<Completion> read_whole(const Call& call, net::HttpStream& stream) {
  auto body = co_await read_body(stream, longest_answer);
  if (!body) co_return told_by(call, std::move(body).error());
  if (body->size() >= longest_answer)
    co_return make_error(call.source, Failure::bad_response, "it is far too long");
  // Some servers stream without saying so.
  if (call.request.stream && is_stream(*body)) co_return co_await read_events(call, stream, *body);
  Completion completion = SN_CO_TRY(call.target.dialect->read(call.source, *body));
  if (call.request.stream) {
    completion.first_token = std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - call.start);
    SN_CO_TRY(co_await call.sink.text(completion.text));
  }
  co_return completion;
}

Task<std::unique_ptr<net::HttpStream>> open(const Call& call, const Quirks& quirks) {
  const RequestBody body = call.target.dialect->build(call.request, quirks);
  const net::HttpCall request = http_call(call.target, call.request, body.pieces());
  auto stream = co_await call.http.open(call.ctx, request);
  if (!stream) co_return told_by(call, std::move(stream).error());
  co_return stream;
}

Task<Attempt> attempt(const Call& call, const Quirks& quirks) {
  const auto stream = SN_CO_TRY(co_await open(call, quirks));
  if (stream->status() < 200 || stream->status() > 299)
    co_return co_await read_refusal(call, *stream, quirks);
  const bool events = net::find_header(stream->headers(), "content-type").contains("event-stream");
  const LimitView limits = upstream::read_limits(stream->headers());
  Completion completion =
      events ? SN_CO_TRY(co_await read_events(call, *stream)) : SN_CO_TRY(co_await read_whole(call, *stream));
  completion.provider_limits = limits;
  co_return Attempt{std::move(completion), {}};
}

void complete_usage(const EngineCard& card, const ChatRequest& request, Completion& completion) {
  Usage& usage = completion.usage;
  const Usage estimate = estimate_usage(card, request, completion.text);
  if (!usage.from_provider) usage = estimate;
  else if (usage.image_tokens == 0) usage.image_tokens = std::min(estimate.image_tokens, usage.input_tokens);
}

Quirks allowed_by(const EngineCard& card, Quirks quirks) {
  const SchemaMode most = card.json_schema   ? SchemaMode::native
                          : card.json_object ? SchemaMode::loose
                                             : SchemaMode::none;
  quirks.schema = std::min(quirks.schema, most);
  quirks.temperature = quirks.temperature && card.temperature;
  return quirks;
}

Task<Completion> ask_until_accepted(const Call& call, QuirkMemory& memory, const EngineCard& card) {
  const Quirks configured = allowed_by(card, call.target.quirks);
  Quirks quirks = allowed_by(card, memory.of(call.request.model, call.target.quirks));
  std::vector<std::string> warnings = known_losses(quirks, configured, call.request);
  for (int round = 0;; ++round) {
    Attempt outcome = SN_CO_TRY(co_await attempt(call, quirks));
    if (!outcome.adjustment) {
      complete_usage(card, call.request, outcome.completion);
      outcome.completion.warnings.insert(outcome.completion.warnings.begin(), warnings.begin(),
                                         warnings.end());
      if (outcome.completion.model.empty()) outcome.completion.model = call.request.model;
      co_return std::move(outcome.completion);
    }
    if (round == most_adjustments)
      co_return make_error(call.source, Failure::bad_request,
                           "it refuses one field of the request after the other");
    quirks = outcome.adjustment->quirks;
    if (outcome.adjustment->holds_for == Adjustment::HoldsFor::model)
      memory.remember(call.request.model, quirks);
    warnings.push_back(std::move(outcome.adjustment->warning));
  }
}

}  // namespace

Quirks QuirkMemory::of(const std::string& model, const Quirks& otherwise) const {
  const auto found = learned_.find(model);
  return found == learned_.end() ? otherwise : found->second;
}

void QuirkMemory::remember(const std::string& model, const Quirks& quirks) {
  if (learned_.size() >= remembered_models && !learned_.contains(model)) learned_.clear();
  learned_.insert_or_assign(model, quirks);
}

Task<Completion> ask(CallContext ctx, net::HttpClient& http, const Target& target, QuirkMemory& memory,
                     const EngineCard& card, const ChatRequest& request, TokenSink& sink) {
  SN_CO_TRY(check_request(card, request));
  if (request.schema) SN_CO_TRY(check_schema(*request.schema));
  const Call call{ctx, http, target, request, sink, source_of(target, request), SteadyClock::now()};
  co_return co_await guarded(ctx, ask_until_accepted(call, memory, card));
}

}  // namespace sensorium::upstream
