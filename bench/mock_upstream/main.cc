// mock_upstream: an OpenAI-compatible model server with chosen timing and faults, strict about what it
// is asked. One thread, so its counters are exact. See bench/README.md.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "common/http_text.h"
#include "mock_upstream/session.h"

namespace sensorium::mock {
namespace {

constexpr std::string_view usage =
    "mock_upstream [-addr 127.0.0.1:0] [-key KEY] [-models A,B] [-keep N] [-max-body-mb N] [-rpm N]\n"
    "              [-max-connections N] [-with-parent] [-OPTION[=VALUE]]...\n"
    "GET /stats?last=N|all tells what was asked, GET /stats/reset starts over. OPTION, also as a list with\n"
    "';' after the model name or in an X-Mock header:\n";

[[noreturn]] void refuse(const std::string& message) {
  std::fprintf(stderr, "mock_upstream: %s. See mock_upstream -help.\n", message.c_str());
  std::exit(2);
}

std::size_t number(std::string_view name, std::string_view value) {
  constexpr std::uint64_t most = 1'000'000;
  const auto parsed = bench::parse_number(value, 10, most);
  if (!parsed) refuse("-" + std::string(name) + " wants a number, not '" + std::string(value) + "'");
  return *parsed;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> list;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    list.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return list;
}

/// True when `name` is a setting of the program that takes a value.
bool set(Settings& settings, std::string_view name, std::string_view value) {
  constexpr std::size_t mebi = 1UL << 20;
  if (name == "addr") settings.address = value;
  else if (name == "key") settings.key = value;
  else if (name == "models") settings.models = split_list(value);
  else if (name == "rpm") settings.per_minute = number(name, value);
  else if (name == "keep") settings.keep = std::max<std::size_t>(number(name, value), 1);
  else if (name == "max-body-mb") settings.max_body = number(name, value) * mebi;
  else if (name == "max-connections") settings.max_connections = static_cast<int>(number(name, value));
  else return false;
  return true;
}

Settings read_arguments(int count, char** arguments) {
  Settings settings;
  for (int i = 1; i < count; ++i) {
    std::string_view argument = arguments[i];
    if (!argument.starts_with('-')) refuse("unexpected argument '" + std::string(argument) + "'");
    argument.remove_prefix(argument.starts_with("--") ? 2 : 1);
    if (argument == "help" || argument == "h") {
      std::printf("%s%s", std::string(usage).c_str(), describe_options().c_str());
      std::exit(0);
    }
    if (argument == "with-parent") {
      settings.with_parent = true;
      continue;
    }
    const auto equals = argument.find('=');
    const auto name = argument.substr(0, equals);
    const bool follows = equals == std::string_view::npos && i + 1 < count && arguments[i + 1][0] != '-';
    const std::string_view value = equals != std::string_view::npos ? argument.substr(equals + 1)
                                   : follows                        ? std::string_view(arguments[i + 1])
                                                                    : std::string_view{};
    if (!set(settings, name, value)) {
      const auto entry = std::string(name) + (value.empty() ? "" : "=" + std::string(value));
      if (const auto done = apply_options(settings.defaults, entry); !done) refuse(done.error());
    }
    if (follows) ++i;
  }
  return settings;
}

awaitable<void> serve(Service& service, tcp::socket socket, int& open) {
  ++open;
  service.stats.connections(1);
  auto wire = std::make_shared<Wire>(std::move(socket));
  Session session(service, wire);
  co_await session.run();
  service.stats.connections(-1);
  --open;
}

awaitable<void> accept_all(Service& service, tcp::acceptor& acceptor) {
  int open = 0;
  asio::steady_timer timer(acceptor.get_executor());
  constexpr std::chrono::milliseconds breath{5};
  for (;;) {
    while (open >= service.settings.max_connections) {
      timer.expires_after(breath);
      co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    auto [error, socket] = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
    if (!error) {
      asio::co_spawn(acceptor.get_executor(), serve(service, std::move(socket), open), asio::detached);
      continue;
    }
    timer.expires_after(breath);  // out of file descriptors: wait, never spin
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

tcp::endpoint endpoint_of(const std::string& address) {
  const auto colon = address.rfind(':');
  constexpr std::uint64_t largest_port = 65'535;
  const auto port = bench::parse_number(address.substr(colon + 1), 10, largest_port);
  boost::system::error_code failed;
  const auto host = asio::ip::make_address(address.substr(0, colon), failed);
  if (colon == std::string::npos || failed || !port) refuse("-addr wants IP:PORT, not '" + address + "'");
  return {host, static_cast<std::uint16_t>(*port)};
}

void prepare_process(const Settings& settings) {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGTERM, [](int) { ::_exit(0); });
  ::signal(SIGINT, [](int) { ::_exit(0); });
  if (settings.with_parent) ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int run(Settings settings) {
  prepare_process(settings);
  asio::io_context io(1);
  Service service(std::move(settings));
  tcp::acceptor acceptor(io);
  const auto endpoint = endpoint_of(service.settings.address);
  boost::system::error_code failed;
  acceptor.open(endpoint.protocol(), failed);
  if (!failed) acceptor.set_option(asio::socket_base::reuse_address(true), failed);
  if (!failed) acceptor.bind(endpoint, failed);
  if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
  if (failed) refuse("cannot listen on " + service.settings.address + ": " + failed.message());
  const auto bound = acceptor.local_endpoint();
  std::printf("mock_upstream listening on %s:%u\n", bound.address().to_string().c_str(), bound.port());
  std::fflush(stdout);
  asio::co_spawn(io, accept_all(service, acceptor), asio::detached);
  io.run();
  return 0;
}

}  // namespace
}  // namespace sensorium::mock

int main(int count, char** arguments) {
  return sensorium::mock::run(sensorium::mock::read_arguments(count, arguments));
}
