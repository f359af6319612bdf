// What the mock has seen: counters since the last reset, and the newest requests with what became of
// each. Tests read it at /stats to prove what the program under test really sent and when it left.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mock_upstream/verdict.h"

namespace sensorium::mock {

enum class Outcome : std::uint8_t { open, done, client_gone, cut };

struct Record {
  std::uint64_t id = 0;     ///< 1, 2, ... since the last reset
  std::int64_t at_ns = 0;   ///< arrival, Unix time
  std::int64_t end_ns = 0;  ///< when the answer ended or the client's leaving was noticed
  Outcome outcome = Outcome::open;
  int status = 0, chunks = 0;
  std::string path, head;  ///< the request head as sent
  std::shared_ptr<const Verdict> verdict;
};

/// Not thread-safe. Holds the newest `kept` requests; older ones only in the counters.
class Stats {
 public:
  explicit Stats(std::size_t kept) : ring_(kept) {}

  std::uint64_t begin(std::string_view path, std::string_view head);
  void judged(std::uint64_t id, std::shared_ptr<const Verdict> verdict, std::size_t body_bytes);
  void end(std::uint64_t id, Outcome outcome, int status, int chunks);
  void connections(int change);
  void reset();

  /// The body of GET /stats, with the newest `last` requests, oldest first.
  std::string json(std::size_t last) const;

 private:
  Record* slot(std::uint64_t id);
  std::vector<Record> ring_;
  std::uint64_t first_ = 1, next_ = 1;  ///< ids go on over a reset, so late ends do no harm
  std::uint64_t client_gone_ = 0, cut_ = 0, bytes_in_ = 0;
  int open_ = 0, peak_open_ = 0, connections_ = 0, peak_connections_ = 0;
  std::uint64_t accepted_ = 0;
  std::array<std::uint64_t, 600> by_status_{};
};

/// Unix time in nanoseconds.
std::int64_t now_ns();

}  // namespace sensorium::mock
