// What a run of the load generator does.
#pragma once

#include <chrono>
#include <string>

namespace sensorium::bench {

using Seconds = std::chrono::duration<double>;

struct Settings {
  std::string host = "127.0.0.1", port, path = "/", method = "POST";
  std::string body_file, content_type = "application/json", extra_headers, label;
  int connections = 1;
  long requests = 0;  ///< in all; 0: run for `length`
  Seconds length{8}, warm{0}, ramp{0}, timeout{60};
  bool stream = false;
  long expect_chunks = -1;  ///< numbers that each stream must have, in order
  double cancel_rate = 0;   ///< share of requests whose connection is dropped at a random moment
  Seconds cancel_within{0.05};
  int pid = 0;  ///< watch the memory and CPU of this process and its children
};

}  // namespace sensorium::bench
