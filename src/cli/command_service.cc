// The only shard of a command.
#include "cli/command_service.h"

#include "base/ids.h"

namespace sensorium::cli {

CallContext new_call(std::optional<Milliseconds> limit, const Interrupt& interrupt) {
  const TimePoint end = limit ? SteadyClock::now() + *limit : TimePoint::max();
  return CallContext(make_id("req_"), end, interrupt.token());
}

Status CommandService::open(Config config) {
  service_ = SN_TRY(service::Service::create(std::move(config)));
  shard_ = service_->open_shard(io_);
  return {};
}

}  // namespace sensorium::cli
