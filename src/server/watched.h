// watched(): work for a client who may leave before it is done.
#pragma once

#include <optional>

#include "server/call.h"

namespace sensorium::server {

template <class T>
Task<> keep_outcome(Task<T> work, std::optional<Result<T>>& outcome) {
  outcome.emplace(co_await std::move(work));
  co_return Status{};
}

/// What `start(context)`, a Task<T>, gives within `limit` (without one, the configured limit), watching the
/// connection: read the body first. Errors: cancelled when the client has gone, those of the task.
template <class T, class Start>
Task<T> watched(Call& call, std::optional<Milliseconds> limit, Start start) {
  StopScope scope(call.context(limit));
  std::optional<Result<T>> outcome;
  SN_CO_TRY(co_await call.exchange().until_gone(scope, keep_outcome(start(scope.context()), outcome)));
  co_return std::move(*outcome);
}

}  // namespace sensorium::server
