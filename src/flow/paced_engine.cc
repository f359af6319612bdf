// One alarm per call: first for the first token, then for the last of those that are held back.
#include "flow/paced_engine.h"

#include <fmt/format.h>

#include "exec/alarm.h"

namespace sensorium::flow {
namespace {

constexpr std::int64_t held_tokens = 16;

class PacedSink final : public TokenSink {
 public:
  PacedSink(TokenSink& inner, Pace pace) : inner_(inner), pace_(pace) {}
  void watch(std::unique_ptr<Alarm> alarm) { alarm_ = std::move(alarm); }

  Task<> text(std::string_view piece) override {
    if (committed_) return inner_.text(piece);
    return hold(piece);
  }
  /// What is still held when the answer is complete.
  Task<> finish() { return committed_ || held_.empty() ? nothing() : commit(); }
  bool begun() const noexcept { return begun_; }

 private:
  static Task<> nothing() { co_return Status{}; }
  Task<> hold(std::string_view piece) {
    if (!std::exchange(begun_, true) && pace_.tokens_per_s > 0)
      alarm_->move_to(SteadyClock::now() + Milliseconds(1000 * held_tokens / pace_.tokens_per_s));
    held_ += piece;
    if (pace_.tokens_per_s > 0 && text_tokens(held_) < held_tokens) co_return Status{};
    co_return co_await commit();
  }
  Task<> commit() {
    committed_ = true;
    alarm_->cancel();
    const std::string held = std::exchange(held_, {});
    co_return co_await inner_.text(held);
  }

  TokenSink& inner_;
  Pace pace_;
  std::unique_ptr<Alarm> alarm_;
  std::string held_;
  bool begun_ = false, committed_ = false;
};

Error too_slow(const std::string& engine, const Pace& pace, bool begun) {
  // Not again here: the next engine is asked.
  constexpr Milliseconds do_not_repeat{-1};
  return Error(Code::upstream_timeout,
               begun ? fmt::format("{} gave fewer than {} tokens a second", engine, pace.tokens_per_s)
                     : fmt::format("{} gave no token within {} s", engine,
                                   static_cast<double>(pace.first_token.count()) / 1000),
               "Try again, or change min_tokens_per_s or timeout_first_token_s of this engine")
      .after(do_not_repeat);
}

}  // namespace

// No coroutine of its own where it has nothing to do: each frame stays for as long as its stream.
Task<Completion> PacedEngine::complete(const CallContext& ctx, const ChatRequest& request, TokenSink& sink) {
  if (!request.stream || request.last_resort) return inner_->complete(ctx, request, sink);
  return complete_watched(ctx, request, sink);
}

Task<Completion> PacedEngine::complete_watched(const CallContext& ctx, const ChatRequest& request,
                                               TokenSink& sink) {
  StopScope scope(ctx);
  bool rang = false;
  PacedSink paced(sink, pace_);
  paced.watch(SN_CO_TRY(co_await set_alarm(SteadyClock::now() + pace_.first_token, [&] {
    rang = true;
    scope.stop();
  })));
  auto done = co_await inner_->complete(scope.context(), request, paced);
  if (rang) co_return too_slow(inner_->card(request.model).name, pace_, paced.begun());
  if (done) SN_CO_TRY(co_await paced.finish());
  co_return done;
}

}  // namespace sensorium::flow
