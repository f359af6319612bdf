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
#include "workers/common/program.h"
#include "workers/reader/program.h"

namespace sensorium::reader {
namespace {

constexpr auto openmp_limit = "OMP_THREAD_LIMIT";

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
  worker::ServerOptions options;
  options.socket = arguments.socket;
  std::optional<Reader> reader;  // outlives the server's threads
  return worker::serve(std::move(options), [&]() -> Result<worker::Handler> {
    reader.emplace(SN_TRY(Models::load(arguments.weights, arguments.threads)));
    return [&reader](const worker::Request& request) { return reader->handle(request); };
  });
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
  const int code = sensorium::worker::report_failure("sensorium-reader", done.error());
  for (const auto& note : done.error().notes) std::cerr << "  " << note << '\n';
  return code;
}
