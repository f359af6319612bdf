// The worst of its breakers is what metrics show.
#include "flow/breaker_set.h"

#include <algorithm>

namespace sensorium::flow {
namespace {

constexpr std::size_t most_models = 256;

}  // namespace

BreakerSet::BreakerSet(std::string engine, BreakerPolicy policy, FlowObserver* observer)
    : engine_(engine), policy_(policy), observer_(observer), line_(std::move(engine), policy) {
  if (observer_) observer_->breaker(engine_, told_);
}

Breaker& BreakerSet::of(const std::string& model) {
  const std::scoped_lock lock(mutex_);
  auto found = models_.find(model);
  if (found == models_.end())
    found = models_.try_emplace(models_.size() < most_models ? model : std::string()).first;
  if (!found->second)
    found->second = std::make_unique<Breaker>(model.empty() ? engine_ : engine_ + "/" + model, policy_);
  return *found->second;
}

void BreakerSet::tell() {
  BreakerState worst = line_.state();
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [model, breaker] : models_) worst = std::max(worst, breaker->state());
    if (std::exchange(told_, worst) == worst) return;
  }
  if (observer_) observer_->breaker(engine_, worst);
}

void BreakerSet::hold(TimePoint until) {
  const std::scoped_lock lock(mutex_);
  held_until_ = std::max(held_until_, until);
}

bool BreakerSet::held(TimePoint now) const {
  const std::scoped_lock lock(mutex_);
  return now < held_until_;
}

}  // namespace sensorium::flow
