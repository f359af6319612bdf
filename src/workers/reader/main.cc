// sensorium-reader: reads the text, codes and facts of pictures for sensorium, over a private socket.
// Surprising: it starts itself anew when OpenMP was not limited: Tesseract's OpenMP reads its limit
// before main(), and its threads spin.
#include <malloc.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

#include "workers/common/process.h"
#include "workers/reader/program.h"

namespace sensorium::reader {
namespace {

constexpr auto openmp_limit = "OMP_THREAD_LIMIT";
constexpr int exit_usage = 2;

/// Freed tensors go back to the system at once instead of leaving holes: half the peak, measured.
void return_large_blocks() {
  constexpr int mapped_from = 256 << 10;
  ::mallopt(M_MMAP_THRESHOLD, mapped_from);
  ::mallopt(M_ARENA_MAX, 1);
}

void limit_openmp(char** argv) {
  if (std::getenv(openmp_limit)) return;
  ::setenv(openmp_limit, "1", 1);
  ::setenv("OMP_WAIT_POLICY", "passive", 1);
  ::execv("/proc/self/exe", argv);  // on failure the program is slower, not wrong
}

Status read_once(const Arguments& arguments) {
  std::ifstream in(arguments.picture, std::ios::binary);
  if (!in)
    return Error(Code::not_found, "The file " + arguments.picture + " cannot be read", "Check the path");
  auto bytes = std::make_shared<const std::string>(std::istreambuf_iterator<char>(in),
                                                   std::istreambuf_iterator<char>());
  Reader reader(SN_TRY(Models::load(arguments.weights, arguments.threads)));
  std::cout << SN_TRY(reader.read({}, std::move(bytes))) << '\n';
  return {};
}

Status serve(const Arguments& arguments) {
  const char* key = std::getenv("SENSORIUM_CHILD_KEY");
  std::stop_source stop;
  worker::on_termination([stop]() mutable { stop.request_stop(); });
  worker::ServerOptions options;
  options.socket = arguments.socket;
  options.key = key ? key : "";
  std::optional<Reader> reader;  // outlives the server's threads
  const auto server = SN_TRY(worker::Server::listen(std::move(options)));
  const std::stop_callback on_stop(stop.get_token(), [&server] { server->stop(); });
  reader.emplace(SN_TRY(Models::load(arguments.weights, arguments.threads)));
  server->ready([&reader](const worker::Request& request) { return reader->handle(request); });
  server->wait();
  return {};
}

Status run(int argc, char** argv) {
  const auto arguments =
      SN_TRY(parse_arguments(std::span<const char* const>(argv, static_cast<std::size_t>(argc))));
  media::start_library(argv[0]);
  return arguments.socket.empty() ? read_once(arguments) : serve(arguments);
}

}  // namespace
}  // namespace sensorium::reader

int main(int argc, char** argv) {
  sensorium::worker::die_with_parent();
  sensorium::reader::limit_openmp(argv);
  sensorium::reader::return_large_blocks();
  const auto done = sensorium::reader::run(argc, argv);
  if (done) return 0;
  std::cerr << "sensorium-reader: " << sensorium::sentence(done.error()) << '\n';
  for (const auto& note : done.error().notes) std::cerr << "  " << note << '\n';
  return sensorium::facts(done.error().code).exit == 0 ? sensorium::reader::exit_usage
                                                       : sensorium::facts(done.error().code).exit;
}
