// A cancelled call says nothing, but a probe that was cancelled must be given back.
#include "flow/breaking_engine.h"

#include <fmt/format.h>

namespace sensorium::flow {
namespace {

constexpr int bad_key_status = 401;

/// A call admitted by one breaker.
class Recorded {
 public:
  Recorded(Breaker& breaker, TimePoint now) : breaker_(breaker), kind_(breaker.admit(now)) {}
  ~Recorded() {
    if (kind_) breaker_.record(SteadyClock::now(), *kind_, end);
  }
  Recorded(const Recorded&) = delete;
  Recorded& operator=(const Recorded&) = delete;
  bool admitted() const noexcept { return kind_.has_value(); }
  CallEnd end = CallEnd::neutral;

 private:
  Breaker& breaker_;
  std::optional<Breaker::Kind> kind_;
};

/// Tells the state after both records are made.
class Told {
 public:
  explicit Told(BreakerSet& breakers) : breakers_(breakers) {}
  ~Told() { breakers_.tell(); }
  Told(const Told&) = delete;
  Told& operator=(const Told&) = delete;

 private:
  BreakerSet& breakers_;
};

Error left_alone(const std::string& name, Milliseconds wait) {
  return Error(Code::upstream_unavailable,
               fmt::format("{} failed too often lately and is left alone for {:.1f} s", name,
                           static_cast<double>(wait.count()) / 1000),
               "Try again then, or choose another model")
      .after(wait);
}

Error held_back(const std::string& engine) {
  return Error(Code::upstream_quota,
               fmt::format("{} refused the key or asked for money within the last minute", engine),
               "Look after its key and its credit");
}

}  // namespace

CallEnd call_end(const Result<Completion>& done, Milliseconds slow_after) noexcept {
  if (done) return done->first_token && *done->first_token > slow_after ? CallEnd::slow : CallEnd::good;
  const Error& error = done.error();
  switch (error.code) {
    case Code::upstream_unavailable:
      return error.upstream_status == 0 ? CallEnd::nobody : CallEnd::failed;
    case Code::upstream_timeout:
    case Code::upstream_overloaded:
    case Code::upstream_broken_stream:
    case Code::upstream_protocol:
      return CallEnd::failed;
    case Code::upstream_quota:
      return CallEnd::refused;
    case Code::upstream_auth:
      return error.upstream_status == bad_key_status ? CallEnd::refused : CallEnd::neutral;
    default:
      return CallEnd::neutral;
  }
}

Task<Completion> BreakingEngine::complete(const CallContext& ctx, const ChatRequest& request,
                                          TokenSink& sink) {
  const TimePoint now = SteadyClock::now();
  if (!request.last_resort && breakers_.held(now)) co_return held_back(breakers_.engine());
  const Told told(breakers_);
  Recorded line(breakers_.line(), now);
  if (!line.admitted()) co_return left_alone(breakers_.line().name(), breakers_.line().wait(now));
  Breaker& breaker = breakers_.of(request.model);
  Recorded model(breaker, now);
  if (!model.admitted()) co_return left_alone(breaker.name(), breaker.wait(now));
  auto done = co_await inner_->complete(ctx, request, sink);
  const CallEnd end = call_end(done, breakers_.policy().slow_after);
  if (end == CallEnd::refused) breakers_.hold(SteadyClock::now() + breakers_.policy().hold);
  model.end = end;
  // Any answer at all shows that somebody is there.
  line.end = end == CallEnd::nobody || end == CallEnd::neutral ? end : CallEnd::good;
  co_return done;
}

}  // namespace sensorium::flow
