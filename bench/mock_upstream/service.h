// What all sessions of the mock share, and the settings of the program.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "mock_upstream/options.h"
#include "mock_upstream/stats.h"
#include "mock_upstream/verdict.h"

namespace sensorium::mock {

/// At most so many requests within any minute: a log of arrivals, no bucket that forgives.
class HardLimit {
 public:
  explicit HardLimit(std::size_t per_minute) : per_minute_(per_minute) {}
  bool admit(std::chrono::steady_clock::time_point now) {
    if (per_minute_ == 0) return true;
    while (!admitted_.empty() && now - admitted_.front() >= std::chrono::minutes(1)) admitted_.pop_front();
    if (admitted_.size() >= per_minute_) return false;
    admitted_.push_back(now);
    return true;
  }

 private:
  std::size_t per_minute_;
  std::deque<std::chrono::steady_clock::time_point> admitted_;
};

struct Settings {
  std::string address = "127.0.0.1:0";
  std::string key;  ///< not empty: requests must carry it
  std::vector<std::string> models{"gpt-4o", "gpt-4o-mini"};
  std::size_t max_body = 64UL << 20;
  int max_connections = 20'000;
  std::size_t per_minute = 0;  ///< requests within any minute; more are answered 429; 0: no limit
  std::size_t keep = 4096;     ///< requests listed by /stats
  bool with_parent = false;    ///< end when the starting process ends
  Options defaults;
};

struct Service {
  explicit Service(Settings given)
      : settings(std::move(given)),
        judge(settings.defaults),
        stats(settings.keep),
        limit(settings.per_minute) {}
  Settings settings;
  Judge judge;
  Stats stats;
  HardLimit limit;
  std::map<std::string, int, std::less<>> failures;  ///< by model name, for failn
  std::minstd_rand random{1};
};

}  // namespace sensorium::mock
