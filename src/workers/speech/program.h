// Program: sensorium-speech apart from main(): its options, and one chunk from bytes to JSON.
#pragma once

#include <span>
#include <string>

#include "workers/common/server.h"
#include "workers/speech/recognizer.h"
#include "workers/speech/slots.h"

namespace sensorium::speech {

struct Arguments {
  std::string socket;  ///< where to listen
  std::string model;   ///< file of the weights
  int threads = 1;     ///< chunks recognised at once
};

/// Errors: invalid_request with the usage as hint.
Result<Arguments> parse_arguments(std::span<const char* const> words);

/// Thread-safe.
class Recognizer {
 public:
  Recognizer(Model model, int threads)
      : model_(std::move(model)), slots_(model_, static_cast<unsigned>(threads)) {}
  worker::Reply handle(const worker::Request& request);

 private:
  Result<std::string> transcribe(const worker::Request& request, HearRequest::Task task);
  Model model_;
  Slots slots_;
};

}  // namespace sensorium::speech
