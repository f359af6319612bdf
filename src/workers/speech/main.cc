// sensorium-speech: recognises speech for sensorium with Whisper, over a private socket.
// Surprising: every recognition runs on one thread; what runs in parallel are chunks.
#include <cstdlib>
#include <iostream>
#include <optional>

#include "workers/common/process.h"
#include "workers/speech/program.h"

namespace sensorium::speech {
namespace {

constexpr int exit_usage = 2;
constexpr unsigned most_callers = 64;  // chunks that may wait

Status run(int argc, char** argv) {
  const auto arguments =
      SN_TRY(parse_arguments(std::span<const char* const>(argv, static_cast<std::size_t>(argc))));
  const char* key = std::getenv("SENSORIUM_CHILD_KEY");
  std::stop_source stop;
  worker::on_termination([stop]() mutable { stop.request_stop(); });
  worker::ServerOptions options;
  options.socket = arguments.socket;
  options.key = key ? key : "";
  options.max_connections = most_callers;
  std::optional<Recognizer> recognizer;  // outlives the server's threads
  const auto server = SN_TRY(worker::Server::listen(std::move(options)));
  const std::stop_callback on_stop(stop.get_token(), [&server] { server->stop(); });
  recognizer.emplace(SN_TRY(Model::load(arguments.model)), arguments.threads);
  server->ready([&recognizer](const worker::Request& request) { return recognizer->handle(request); });
  server->wait();
  return {};
}

}  // namespace
}  // namespace sensorium::speech

int main(int argc, char** argv) {
  sensorium::worker::die_with_parent();
  const auto done = sensorium::speech::run(argc, argv);
  if (done) return 0;
  std::cerr << "sensorium-speech: " << sensorium::sentence(done.error()) << '\n';
  const int code = sensorium::facts(done.error().code).exit;
  return code == 0 ? sensorium::speech::exit_usage : code;
}
