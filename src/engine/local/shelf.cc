// The lock is held while reading: callers that come meanwhile want that same answer.
#include "engine/local/shelf.h"

namespace sensorium::local {

std::shared_ptr<const InstalledList> Shelf::list() {
  const std::lock_guard lock(mutex_);
  const TimePoint now = SteadyClock::now();
  if (!list_ || now - read_at_ >= fresh_for_) {
    list_ = std::make_shared<const InstalledList>(list_installed(models_dir_));
    read_at_ = now;
  }
  return list_;
}

void Shelf::forget() {
  const std::lock_guard lock(mutex_);
  list_.reset();
}

}  // namespace sensorium::local
