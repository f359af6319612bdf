// Who passes when. Local limits decide at once; shared ones are asked for the head of the queue, one at a
// time, and the local ones follow, so that losing the shared ones does not open a second budget.
#include "flow/gate_state.h"

#include <fmt/format.h>

#include "base/ids.h"

namespace sensorium::flow {
namespace {

constexpr Milliseconds alone_after_failure{200};  // before a store that refused is asked again

std::string_view unit_name(std::size_t unit) noexcept {
  constexpr std::array<std::string_view, unit_count> names{"requests", "tokens", "megapixels",
                                                           "seconds of sound"};
  return names[unit];
}

}  // namespace

bool GateLimits::any() const noexcept {
  return concurrency > 0 || std::ranges::any_of(rates, [](const auto& rate) { return rate.has_value(); });
}

Gate::State::State(GateLimits given, GateOptions how)
    : limits(given), options(std::move(how)), lease_prefix(options.shared ? make_id("") : "") {
  for (std::size_t i = 0; i < unit_count; ++i)
    if (limits.rates[i]) rates[i].emplace(*limits.rates[i]);
}

Nanoseconds Gate::State::local_wait(const Units& units, TimePoint now) const {
  if (limits.concurrency > 0 && inside >= limits.concurrency) return Nanoseconds::max();
  Nanoseconds wait{0};
  for (std::size_t i = 0; i < unit_count; ++i)
    if (rates[i] && units[i] > 0) wait = std::max(wait, rates[i]->wait(now, units[i]));
  return wait;
}

Nanoseconds Gate::State::expected_wait(const Waiter& waiter, TimePoint now) const {
  const auto ahead = static_cast<double>(queue.ahead_of(waiter.caller, waiter.lane));
  Nanoseconds wait{0};
  for (std::size_t i = 0; i < unit_count; ++i)
    if (rates[i] && waiter.units[i] > 0)
      wait = std::max(wait, rates[i]->wait_behind(now, ahead * waiter.units[i], waiter.units[i]));
  if (limits.concurrency > 0 && inside >= limits.concurrency)
    wait = std::max(wait, Nanoseconds(static_cast<std::int64_t>(mean_stay_ns * (ahead + 1) /
                                                                static_cast<double>(limits.concurrency))));
  return wait;
}

Status Gate::State::check_size(const Units& units) const {
  for (std::size_t i = 0; i < unit_count; ++i) {
    const double limit = rates[i] ? rates[i]->rate().per_minute : 0;
    if (limit > 0 && units[i] > limit)
      return Error(
          Code::model_limit,
          fmt::format("One request with about {:.0f} {} is more than {} may use in a minute ({:.0f})",
                      units[i], unit_name(i), options.name, limit),
          "Send less at once, or raise the limit in the configuration");
  }
  return {};
}

void Gate::State::take(Waiter& waiter, TimePoint now) {
  for (std::size_t i = 0; i < unit_count; ++i)
    if (rates[i] && waiter.units[i] > 0) rates[i]->take(now, waiter.units[i]);
  ++inside;
}

void Gate::State::grant(Waiter& waiter, GateEffects& effects) {
  queue.grant(&waiter);
  if (keeper == &waiter) keeper = nullptr;
  waiter.granted = true;
  effects.wake.push_back(waiter.wake);
}

bool Gate::State::ask_others(TimePoint now) const noexcept {
  return options.shared && now >= alone_until && options.shared->available();
}

Gate::Waiter* Gate::State::advance(GateEffects& effects) {
  const TimePoint now = options.now();
  next = TimePoint::max();
  while (Waiter* waiter = queue.next()) {
    if (ask_others(now)) {
      if (asking) break;
      if (waiter == refused && now < refused_until) {
        next = refused_until;
        break;
      }
      asking = true;
      return deciding = waiter;
    }
    const Nanoseconds wait = local_wait(waiter->units, now);
    if (wait > Nanoseconds(0)) {
      // A place that becomes free wakes by itself.
      if (wait < Nanoseconds::max()) next = now + wait;
      break;
    }
    take(*waiter, now);
    grant(*waiter, effects);
  }
  keep_time(effects);
  return nullptr;
}

void Gate::State::keep_time(GateEffects& effects) {
  if (queue.empty() || next == TimePoint::max()) return;
  if (!keeper) keeper = queue.next();
  effects.wake.push_back(keeper->wake);
}

void Gate::State::forget(Waiter& waiter) {
  if (waiter.granted) give_back(waiter.units);
  else queue.remove(&waiter);
  for (Waiter** pointer : {&keeper, &deciding, &refused})
    if (*pointer == &waiter) *pointer = nullptr;
}

void Gate::State::give_back(const Units& units) {
  --inside;
  for (std::size_t i = 0; i < unit_count; ++i)
    if (rates[i] && units[i] > 0) rates[i]->adjust(-units[i]);
}

void Gate::State::pump() {
  GateEffects effects;
  std::optional<Waiter> ask;
  {
    const std::scoped_lock lock(mutex);
    if (const Waiter* waiter = advance(effects)) ask = *waiter;
  }
  perform(effects);
  if (ask) ask_shared(*ask);
}

void Gate::State::ask_shared(const Waiter& copy) {
  options.shared->take(options.id, limits, copy.units, copy.lease, copy.hold,
                       [this, lease = copy.lease, units = copy.units](Result<Decision> decision) {
                         decided(lease, units, std::move(decision));
                       });
}

void Gate::State::decided(const std::string& lease, const Units& units, Result<Decision> decision) {
  GateEffects effects;
  std::optional<Waiter> ask;
  bool unwanted = false;
  {
    const std::scoped_lock lock(mutex);
    const TimePoint now = options.now();
    asking = false;
    Waiter* waiter = std::exchange(deciding, nullptr);
    if (!decision) {
      alone_until = now + alone_after_failure;
    } else if (!decision->granted) {
      refused = waiter;
      refused_until = now + decision->wait;
    } else if (waiter) {
      take(*waiter, now);
      grant(*waiter, effects);
    } else {
      unwanted = true;
    }
    if (const Waiter* head = advance(effects)) ask = *head;
  }
  if (unwanted) return_shared(units, lease);
  perform(effects);
  if (ask) ask_shared(*ask);
}

void Gate::State::return_shared(const Units& units, const std::string& lease) {
  Units unused = units;
  for (double& unit : unused) unit = -unit;
  options.shared->settle(options.id, limits, unused, lease);
}

void Gate::State::perform(const GateEffects& effects) {
  for (const Waker& waker : effects.wake) waker.wake();
}

}  // namespace sensorium::flow
