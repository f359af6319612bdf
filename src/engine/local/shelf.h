// Shelf: the list of installed models, read again when it is old; for choosing a model per request.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/call_context.h"
#include "engine/local/installed.h"

namespace sensorium::local {

/// Thread-safe. A call usually takes microseconds; once in `fresh_for` it reads the models folder
/// (milliseconds, on the calling thread).
class Shelf {
 public:
  explicit Shelf(std::string models_dir, Milliseconds fresh_for = Milliseconds(5'000))
      : models_dir_(std::move(models_dir)), fresh_for_(fresh_for) {}

  std::shared_ptr<const InstalledList> list();
  /// After a pull, an import or a removal: the next call reads again.
  void forget();

 private:
  const std::string models_dir_;
  const Milliseconds fresh_for_;
  std::mutex mutex_;
  std::shared_ptr<const InstalledList> list_;
  TimePoint read_at_{};
};

}  // namespace sensorium::local
