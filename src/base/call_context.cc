// CallContext: deadlines only shorten, stops only spread downwards.
#include "base/call_context.h"

#include <algorithm>

namespace sensorium {

CallContext::CallContext(std::string request_id, TimePoint deadline, std::stop_token stop)
    : request_id_(std::make_shared<const std::string>(std::move(request_id))),
      deadline_(deadline),
      stop_(std::move(stop)) {}

CallContext CallContext::with_timeout(Milliseconds limit) const {
  CallContext child = *this;
  const TimePoint now = SteadyClock::now();
  // Compared in milliseconds: Milliseconds::max() does not fit into the clock's nanoseconds.
  if (limit < std::chrono::duration_cast<Milliseconds>(TimePoint::max() - now))
    child.deadline_ = std::min(deadline_, now + std::max(limit, Milliseconds(0)));
  return child;
}

CallContext CallContext::with_stop(std::stop_token stop) const {
  CallContext child = *this;
  child.stop_ = std::move(stop);
  return child;
}

Milliseconds CallContext::remaining() const noexcept {
  if (deadline_ == TimePoint::max()) return Milliseconds::max();
  return std::max(Milliseconds(0), std::chrono::duration_cast<Milliseconds>(deadline_ - SteadyClock::now()));
}

const std::string& CallContext::request_id() const noexcept {
  static const std::string none;
  return request_id_ ? *request_id_ : none;
}

Status CallContext::check() const {
  if (stopped()) return Error(Code::cancelled, "The call was cancelled");
  if (deadline_ != TimePoint::max() && SteadyClock::now() >= deadline_)
    return Error(Code::deadline_exceeded, "The time limit of this call was reached",
                 "Raise --timeout (timeout_s of [models] in the configuration) or ask for less at once");
  return {};
}

}  // namespace sensorium
