// CommandService: the service of one command, with the event loop that its calls run on.
#pragma once

#include <memory>

#include "cli/interrupt.h"
#include "exec/guard.h"
#include "exec/run_task.h"
#include "service/service.h"

namespace sensorium::cli {

/// A call of its own, until `limit` from now (without one, for ever) or a signal.
CallContext new_call(std::optional<Milliseconds> limit, const Interrupt& interrupt);

/// One thread only.
class CommandService {
 public:
  /// Errors: misconfigured.
  Status open(Config config);
  bool is_open() const noexcept { return service_ != nullptr; }

  /// Of an open one.
  const Config& config() const noexcept { return service_->config(); }
  service::Service& service() noexcept { return *service_; }
  service::ServiceShard& shard() noexcept { return *shard_; }
  /// Blocks until `work` is done or `call` ends it.
  template <class T>
  Result<T> run(const CallContext& call, Task<T> work) {
    return run_task(io_, guarded(call, std::move(work)));
  }

 private:
  // In the order in which they depend on each other.
  std::unique_ptr<service::Service> service_;
  boost::asio::io_context io_{1};
  std::unique_ptr<service::ServiceShard> shard_;
};

}  // namespace sensorium::cli
