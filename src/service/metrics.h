// Metrics: counters, gauges and histograms in the Prometheus text format; names are those of
// CONTRACT section 4. Label values come from bounded sets, never from user text.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace sensorium::service {

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// Thread-safe; a few hundred nanoseconds a call. A name used with more than 1,000 label sets drops
/// further ones.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  void count(std::string_view name, Labels labels, double by = 1);
  void set(std::string_view name, Labels labels, double value);
  /// Histogram in seconds, buckets from 0.5 ms to 600 s.
  void observe(std::string_view name, Labels labels, double seconds);
  /// The exposition text.
  std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sensorium::service
