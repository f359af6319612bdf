// What a run has measured, and its JSON. Times in microseconds.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "loadgen/settings.h"
#include "loadgen/watcher.h"

namespace sensorium::bench {

struct Tally {
  bool recording = false;  ///< false while warming up
  std::int64_t ok = 0, chunks = 0, bytes = 0, cancelled = 0, text_wrong = 0, broken = 0;
  std::map<int, std::int64_t> by_status;
  std::map<std::string, std::int64_t> errors;
  std::string first_error;
  std::vector<float> latencies, first_texts, first_lags, lags;

  void failed(const std::string& kind, const std::string& detail);
};

/// One line of JSON. Sorts the samples.
std::string report(const Settings& settings, Tally& tally, double seconds, const ProcessFacts& process);

}  // namespace sensorium::bench
