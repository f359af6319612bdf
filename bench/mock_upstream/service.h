// What all sessions of the mock share, and the settings of the program.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "mock_upstream/options.h"
#include "mock_upstream/stats.h"
#include "mock_upstream/verdict.h"

namespace sensorium::mock {

struct Settings {
  std::string address = "127.0.0.1:0";
  std::string key;  ///< not empty: requests must carry it
  std::vector<std::string> models{"gpt-4o", "gpt-4o-mini"};
  std::size_t max_body = 64UL << 20;
  int max_connections = 20'000;
  std::size_t keep = 4096;   ///< requests listed by /stats
  bool with_parent = false;  ///< end when the starting process ends
  Options defaults;
};

struct Service {
  explicit Service(Settings given)
      : settings(std::move(given)), judge(settings.defaults), stats(settings.keep) {}
  Settings settings;
  Judge judge;
  Stats stats;
  std::map<std::string, int, std::less<>> failures;  ///< by model name, for failn
  std::minstd_rand random{1};
};

}  // namespace sensorium::mock
