// The coroutine around the state machine.
#include "flow/gate.h"

#include <fmt/format.h>

#include "flow/gate_state.h"

namespace sensorium::flow {
namespace {

constexpr Milliseconds longest_hold{3'600'000};  // of a shared place whose process died
constexpr double stay_memory = 0.9;              // weight of the past in the mean stay

Error too_late(const std::string& name, Nanoseconds wait) {
  const auto ms = std::chrono::ceil<Milliseconds>(wait);
  return Error(Code::rate_limited,
               fmt::format("The limit of {} is used up; the next request may pass in {:.1f} s", name,
                           static_cast<double>(ms.count()) / 1000),
               "Come back then, allow more time, or raise the limit in the configuration")
      .after(ms);
}

Error full(const std::string& name, Nanoseconds wait) {
  return Error(Code::overloaded, fmt::format("Too many requests already wait for {}", name),
               "Come back later, or raise its limit in the configuration")
      .after(std::max(std::chrono::ceil<Milliseconds>(wait), Milliseconds(1000)));
}

Milliseconds hold_of(const CallContext& ctx) {
  constexpr Milliseconds grace{1000};  // a call ends shortly after its deadline, not with it
  return std::min(ctx.remaining(), longest_hold) + grace;
}

/// One more in the queue, for metrics.
class Counted {
 public:
  Counted(FlowObserver* observer, Lane lane) : observer_(observer), lane_(lane) {
    if (observer_) observer_->waiting(lane_, 1);
  }
  ~Counted() {
    if (observer_) observer_->waiting(lane_, -1);
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  FlowObserver* observer_;
  Lane lane_;
};

}  // namespace

/// A waiter's stay in the queue: however the coroutine ends, it is out of it.
class Gate::Place {
 public:
  explicit Place(State& state) : state_(state) {}
  ~Place() {
    if (!queued_) return;
    {
      const std::scoped_lock lock(state_.mutex);
      state_.forget(waiter);
    }
    // Granted while it was being cancelled: nothing was sent.
    if (waiter.granted && state_.options.shared) state_.return_shared(waiter.units, waiter.lease);
    state_.pump();
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  /// Under the state's lock.
  void queue() {
    state_.queue.push(&waiter, waiter.caller, waiter.lane);
    queued_ = true;
  }
  void done() noexcept { queued_ = false; }

  Waiter waiter;

 private:
  State& state_;
  bool queued_ = false;
};

Gate::Gate(GateLimits limits, GateOptions options)
    : state_(std::make_unique<State>(limits, std::move(options))) {}
Gate::~Gate() = default;

Status Gate::join(Place& place, const CallContext& ctx) {
  State& state = *state_;
  Waiter& waiter = place.waiter;
  const std::scoped_lock lock(state.mutex);
  SN_TRY(state.check_size(waiter.units));
  const Nanoseconds wait = state.expected_wait(waiter, state.options.now());
  if (state.queue.size() >= state.options.max_waiting) return full(state.options.name, wait);
  if (wait > Nanoseconds(0) && wait >= std::min(ctx.remaining(), state.options.longest_wait))
    return too_late(state.options.name, wait);
  if (state.options.shared) waiter.lease = fmt::format("{}-{}", state.lease_prefix, ++state.next_lease);
  place.queue();
  return {};
}

/// nullopt: granted; else until when this waiter's timer must run.
std::optional<TimePoint> Gate::timer_of(const Waiter& waiter) const {
  const std::scoped_lock lock(state_->mutex);
  if (waiter.granted) return std::nullopt;
  return state_->keeper == &waiter ? state_->next : TimePoint::max();
}

Error Gate::out_of_time(const Waiter& waiter) const {
  const std::scoped_lock lock(state_->mutex);
  const Nanoseconds wait = state_->expected_wait(waiter, state_->options.now());
  return too_late(state_->options.name, std::max<Nanoseconds>(wait, Milliseconds(1)));
}

Task<> Gate::await_turn(CallContext ctx, Waiter& waiter) {
  while (const auto until = timer_of(waiter)) {
    const auto woken = co_await waiter.wake.wait(ctx, *until);
    if (woken && !*woken) state_->pump();
    if (woken || !timer_of(waiter)) continue;
    if (woken.error().code == Code::deadline_exceeded) co_return out_of_time(waiter);
    co_return Error(woken.error());
  }
  co_return Status{};
}

Permit Gate::issue(Waiter& waiter, TimePoint begin) {
  Permit permit;
  permit.gate_ = this;
  permit.taken_ = waiter.units;
  permit.lease_ = std::move(waiter.lease);
  permit.since_ = state_->options.now();
  permit.waited_ = std::chrono::duration_cast<std::chrono::microseconds>(permit.since_ - begin);
  return permit;
}

Task<Permit> Gate::enter(CallContext ctx, Units units, std::string caller, Lane lane) {
  const GateOptions& options = state_->options;
  Place place(*state_);
  place.waiter.units = units;
  place.waiter.caller = std::move(caller);
  place.waiter.lane = lane;
  place.waiter.hold = hold_of(ctx);
  const TimePoint begin = options.now();
  SN_CO_TRY(join(place, ctx));
  const Counted counted(options.observer, lane);
  state_->pump();
  SN_CO_TRY(co_await await_turn(ctx.with_timeout(options.longest_wait), place.waiter));
  place.done();
  Permit permit = issue(place.waiter, begin);
  if (options.observer) options.observer->waited(lane, permit.waited());
  co_return permit;
}

void Gate::leave(Permit& permit) noexcept {
  State& state = *state_;
  {
    const std::scoped_lock lock(state.mutex);
    --state.inside;
    const auto stay = static_cast<double>((state.options.now() - permit.since_).count());
    state.mean_stay_ns =
        state.mean_stay_ns > 0 ? stay_memory * state.mean_stay_ns + (1 - stay_memory) * stay : stay;
    for (std::size_t i = 0; i < unit_count; ++i)
      if (state.rates[i] && permit.more_[i] != 0) state.rates[i]->adjust(permit.more_[i]);
    state.refused = nullptr;  // a place is free: worth asking again
  }
  if (state.options.shared)
    state.options.shared->settle(state.options.id, state.limits, permit.more_, permit.lease_);
  state.pump();
}

void Gate::block(Unit unit, Milliseconds wait) {
  State& state = *state_;
  {
    const std::scoped_lock lock(state.mutex);
    auto& rate = state.rates[static_cast<std::size_t>(unit)];
    // Without a limit of our own the provider's still holds.
    if (!rate) rate.emplace(Rate{});
    rate->block_until(state.options.now() + wait);
  }
  if (state.options.shared) state.options.shared->block(state.options.id, unit, wait);
}

void Gate::tighten(Unit unit, double remaining) {
  const std::scoped_lock lock(state_->mutex);
  if (auto& rate = state_->rates[static_cast<std::size_t>(unit)])
    rate->tighten(state_->options.now(), remaining);
}

std::size_t Gate::waiting(Lane lane) const {
  const std::scoped_lock lock(state_->mutex);
  return state_->queue.size(lane);
}

bool Gate::degraded() const noexcept {
  return state_->options.shared && !state_->options.shared->available();
}

Permit& Permit::operator=(Permit&& other) noexcept {
  std::swap(gate_, other.gate_);
  std::swap(taken_, other.taken_);
  std::swap(more_, other.more_);
  std::swap(lease_, other.lease_);
  std::swap(since_, other.since_);
  std::swap(waited_, other.waited_);
  return *this;
}

Permit::~Permit() {
  if (gate_) gate_->leave(*this);
}

void Permit::settle(const Units& used) noexcept {
  for (std::size_t i = 0; i < unit_count; ++i) more_[i] = used[i] - taken_[i];
}

}  // namespace sensorium::flow
