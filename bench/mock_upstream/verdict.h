// A verdict is all the mock needs to know about one request body: what is wrong with it, or what it
// asks. Worked out once per distinct body and kept under its hash, so repeated load costs one hash.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mock_upstream/options.h"

namespace sensorium::mock {

struct SeenPicture {
  std::string mime;  ///< as declared; the true type is the same, or the request was refused
  std::string detail, sha256;
  std::size_t bytes = 0;
  int width = 0, height = 0;
};

struct Verdict {
  std::string error, error_param;  ///< not empty: answer 400 with this
  std::string model;
  std::string system, text;  ///< texts of system and of user turns, joined, first 4,000 bytes
  std::string request;       ///< the body as JSON with long strings shortened, first 8,000 bytes
  std::string sha256;        ///< of the body
  std::size_t bytes = 0;
  bool stream = false, include_usage = false;
  std::vector<std::string> fields;  ///< names of the members at the top
  std::vector<SeenPicture> pictures;
  Options options;  ///< the defaults and what the model name adds
};

/// Judges chat completion bodies. Not thread-safe.
class Judge {
 public:
  explicit Judge(Options defaults) : defaults_(std::move(defaults)) {}
  std::shared_ptr<const Verdict> judge(std::string_view body);

 private:
  static constexpr std::size_t most_kept = 4096;
  Options defaults_;
  std::unordered_map<std::uint64_t, std::shared_ptr<const Verdict>> kept_;
};

}  // namespace sensorium::mock
