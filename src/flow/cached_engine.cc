// Look in memory, in the tier, among the flights; else begin a flight. See flight.h for who waits for whom.
#include "flow/cached_engine.h"

#include "exec/cancellation.h"
#include "exec/guard.h"
#include "flow/cache_key.h"
#include "flow/completion_bytes.h"

namespace sensorium::flow {
namespace {

constexpr std::size_t replayed_piece = 4096;  // bytes of text in one event of a replayed stream

/// Lets go of the pictures at the first text, as the pipeline does for its own copy.
class FlightSink final : public TokenSink {
 public:
  FlightSink(Flight& flight, ChatRequest& request, bool keeps_pictures)
      : flight_(flight), request_(keeps_pictures ? nullptr : &request) {}
  Task<> text(std::string_view piece) override {
    if (ChatRequest* request = std::exchange(request_, nullptr))
      for (Turn& turn : request->turns)
        for (PicturePart& part : turn.pictures) part.original.bytes.reset(), part.picture.bytes.reset();
    return flight_.add(piece);
  }

 private:
  Flight& flight_;
  ChatRequest* request_;
};

/// A call as it flies: nothing of whoever began it but copies.
struct Ticket {
  std::shared_ptr<Flight> flight;
  store::CacheKey key;
  ChatRequest request;
  CallContext context;
};

Task<> fly(ChatEngine& engine, AnswerSharing& sharing, Ticket ticket) {
  FlightSink sink(*ticket.flight, ticket.request, engine.card(ticket.request.model).prepare.as_is);
  auto done = co_await guarded(ticket.context, engine.complete(ticket.context, ticket.request, sink));
  // In this order: whoever does not find the flight any more must find the answer.
  if (done && worth_keeping(*done)) sharing.cache.put(ticket.key, to_bytes(*done));
  sharing.flights.remove(ticket.key, *ticket.flight);
  ticket.flight->end(std::move(done));
  co_return Status{};
}

/// Failures that are about the one who began the call, not about the question.
bool of_its_caller(Code code) noexcept {
  switch (code) {
    case Code::cancelled:
    case Code::deadline_exceeded:
    case Code::rate_limited:
    case Code::overloaded:
    case Code::budget_exhausted:
      return true;
    default:
      return false;
  }
}

std::string_view piece_at(std::string_view text, std::size_t begin) {
  std::size_t end = std::min(begin + replayed_piece, text.size());
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
  return text.substr(begin, end - begin);
}

Task<Completion> replay(Completion completion, bool streams, TokenSink& sink) {
  completion.cache = CacheOutcome::hit;
  if (streams)
    for (std::size_t at = 0; at < completion.text.size();) {
      const std::string_view piece = piece_at(completion.text, at);
      at += piece.size();
      SN_CO_TRY(co_await sink.text(piece));
    }
  co_return completion;
}

std::optional<Completion> read(const store::CacheBytes& bytes) {
  return bytes ? from_bytes(*bytes) : std::nullopt;
}

Task<std::optional<Completion>> look(const CallContext& ctx, AnswerSharing& sharing,
                                     const store::CacheKey& key) {
  auto found = read(sharing.cache.find_now(key));
  sharing.count("memory", found ? "hit" : "miss");
  if (found || !sharing.cache.worth_looking(key)) co_return found;
  const store::CacheFound deeper = SN_CO_TRY(co_await sharing.cache.find(ctx, key));
  found = read(deeper.value);
  sharing.count(deeper.tier, found ? "hit" : "miss");
  co_return found;
}

struct Asked {
  Result<Completion> outcome;
  bool again = false;  ///< the failure was another caller's: ask once more
};

boost::asio::awaitable<Asked> join(ChatEngine& engine, AnswerSharing& sharing, const store::CacheKey& key,
                                   const CallContext& ctx, const ChatRequest& request, TokenSink& sink) {
  using Join = Flights::Join;
  auto [flight, leads] =
      sharing.flights.board(key, request.cache == CacheUse::refresh ? Join::never : Join::if_there);
  Follower follower(flight);
  if (leads) {
    // It may have landed between our look and our boarding.
    if (auto found = request.cache == CacheUse::use ? read(sharing.cache.find_now(key)) : std::nullopt) {
      sharing.flights.remove(key, *flight);
      found->cache = CacheOutcome::hit;
      flight->end(std::move(*found));
    } else {
      CallContext context(ctx.request_id(), ctx.deadline(), flight->stop_token());
      co_await start_here(fly(engine, sharing, {flight, key, request, std::move(context)}));
    }
  } else {
    sharing.count("flight", "joined");
  }
  auto done = co_await follower.follow(sink, request.stream);
  if (done && done->cache == CacheOutcome::off)
    done->cache = leads ? CacheOutcome::miss : CacheOutcome::joined;
  const bool again = !done && !leads && !follower.touched() && !follower.departed() &&
                     of_its_caller(done.error().code) && ctx.check();
  co_return Asked{std::move(done), again};
}

}  // namespace

bool worth_keeping(const Completion& completion) noexcept {
  return completion.finish_reason == FinishReason::stop && !completion.lossy && !completion.text.empty();
}

// No coroutine of its own where it has nothing to do: each frame stays for as long as its stream.
Task<Completion> CachedEngine::complete(const CallContext& ctx, const ChatRequest& request, TokenSink& sink) {
  if (request.cache == CacheUse::off) return inner_->complete(ctx, request, sink);
  return complete_cached(ctx, request, sink);
}

Task<Completion> CachedEngine::complete_cached(const CallContext& ctx, const ChatRequest& request,
                                               TokenSink& sink) {
  const store::CacheKey key = cache_key(identity_, request);
  for (;;) {
    if (request.cache == CacheUse::use)
      if (auto found = SN_CO_TRY(co_await look(ctx, sharing_, key)))
        co_return co_await replay(std::move(*found), request.stream, sink);
    Asked asked = co_await join(*inner_, sharing_, key, ctx, request, sink);
    if (!asked.again) co_return std::move(asked.outcome);
  }
}

}  // namespace sensorium::flow
