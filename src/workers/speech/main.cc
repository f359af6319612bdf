// sensorium-speech: recognises speech for sensorium with Whisper, over a private socket.
// Surprising: every recognition runs on one thread; what runs in parallel are chunks.
#include <optional>

#include "workers/common/process.h"
#include "workers/common/program.h"
#include "workers/speech/program.h"

namespace sensorium::speech {
namespace {

constexpr unsigned most_callers = 64;  // chunks that may wait

Status run(int argc, char** argv) {
  const auto arguments =
      SN_TRY(parse_arguments(std::span<const char* const>(argv, static_cast<std::size_t>(argc))));
  worker::ServerOptions options;
  options.socket = arguments.socket;
  options.max_connections = most_callers;
  std::optional<Recognizer> recognizer;  // outlives the server's threads
  return worker::serve(std::move(options), [&]() -> Result<worker::Handler> {
    recognizer.emplace(SN_TRY(Model::load(arguments.model)), arguments.threads);
    return [&recognizer](const worker::Request& request) { return recognizer->handle(request); };
  });
}

}  // namespace
}  // namespace sensorium::speech

int main(int argc, char** argv) {
  sensorium::worker::die_with_parent();
  const auto done = sensorium::speech::run(argc, argv);
  return done ? 0 : sensorium::worker::report_failure("sensorium-speech", done.error());
}
