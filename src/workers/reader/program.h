// Program: sensorium-reader apart from main(): its options, and one picture from bytes to JSON.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "workers/common/server.h"
#include "workers/reader/page.h"

namespace sensorium::reader {

struct Arguments {
  std::string socket;   ///< where to listen; or
  std::string picture;  ///< a file to read once, its JSON going to stdout
  std::string weights;  ///< folder of the models
  int threads = 1;
};

/// Errors: invalid_request with the usage as hint.
Result<Arguments> parse_arguments(std::span<const char* const> words);

/// The loaded models and what reads with them. Thread-safe: one picture is read at a time, because
/// the networks' memory is what a machine has least of.
class Reader {
 public:
  explicit Reader(Models models) : pages_(std::move(models), latin_) {}

  /// The JSON of POST /read for the bytes of a picture file.
  /// Errors: those of media::open_picture and decode_pixels, cancelled, internal.
  Result<std::string> read(const CallContext& ctx, std::shared_ptr<const std::string> bytes);
  worker::Reply handle(const worker::Request& request);

 private:
  std::mutex mutex_;
  LatinReader latin_;
  PageReader pages_;
};

}  // namespace sensorium::reader
