// The socket is there before the model is loaded, so that whoever waits for it can see that it loads.
#include "workers/common/program.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <iostream>
#include <stop_token>

#include "workers/common/process.h"

namespace sensorium::worker {
namespace {

constexpr int max_threads = 64;
constexpr int exit_usage = 2;

}  // namespace

Status parse_options(std::span<const char* const> words, const char* usage, const SetOption& set) {
  for (std::size_t i = 1; i < words.size(); i += 2) {
    const std::string_view name = words[i];
    if (i + 1 == words.size())
      return Error(Code::invalid_request, fmt::format("{} needs a value", name), usage);
    if (!SN_TRY(set(name, words[i + 1])))
      return Error(Code::invalid_request, fmt::format("There is no option {}", name), usage);
  }
  return {};
}

Result<int> parse_threads(std::string_view text, const char* usage) {
  int threads = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), threads);
  if (error != std::errc{} || end != text.data() + text.size() || threads < 1 || threads > max_threads)
    return Error(Code::invalid_request, "--threads must be a number from 1 to 64", usage);
  return threads;
}

Status serve(ServerOptions options, const std::function<Result<Handler>()>& load) {
  const char* key = std::getenv("SENSORIUM_CHILD_KEY");
  std::stop_source stop;
  on_termination([stop]() mutable { stop.request_stop(); });
  options.key = key ? key : "";
  const auto server = SN_TRY(Server::listen(std::move(options)));
  const std::stop_callback on_stop(stop.get_token(), [&server] { server->stop(); });
  server->ready(SN_TRY(load()));
  server->wait();
  return {};
}

int report_failure(std::string_view program, const Error& error) {
  std::cerr << program << ": " << sentence(error) << '\n';
  const int code = facts(error.code).exit;
  return code == 0 ? exit_usage : code;
}

}  // namespace sensorium::worker
