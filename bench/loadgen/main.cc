// loadgen: drives an HTTP/1.1 service over N keep-alive connections and prints one line of JSON. One
// thread, so that it takes no more than its share of a small machine. See bench/README.md.
#include <signal.h>
#include <sys/resource.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string_view>

#include "common/http_text.h"
#include "loadgen/client.h"

namespace sensorium::bench {
namespace {

constexpr std::string_view usage =
    R"(loadgen --url http://IP:PORT/PATH [--body FILE] [options]
  --method M, --type CONTENT-TYPE, --header "Name: value"   the request (POST, application/json)
  --connections N          at once (1)
  --seconds S | --requests N                                how long (8 s), or how many in all
  --warm S                 run so long first, not counted
  --ramp S                 spread the first requests over this time
  --timeout S              limit of one request (60)
  --stream                 answers are event streams: time to first text, delay added per chunk
  --expect-chunks N        each stream must have the numbers 0..N-1 in order (mock option seq)
  --cancel-rate X, --cancel-within S                        drop that share of connections at random
  --pid PID                watch memory and CPU of this process and its children
  --label TEXT             copied into the output
)";

[[noreturn]] void refuse(const std::string& message) {
  std::fprintf(stderr, "loadgen: %s. See loadgen --help.\n", message.c_str());
  std::exit(2);
}

double number(std::string_view name, std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  constexpr double most = 1e9;
  if (error != std::errc{} || end != text.data() + text.size() || value < 0 || value > most)
    refuse("--" + std::string(name) + " wants a number, not '" + std::string(text) + "'");
  return value;
}

void set_url(Settings& settings, std::string_view url) {
  constexpr std::string_view scheme = "http://";
  if (!url.starts_with(scheme)) refuse("--url wants http://IP:PORT/PATH");
  url.remove_prefix(scheme.size());
  const auto slash = std::min(url.find('/'), url.size());
  const auto authority = url.substr(0, slash);
  const auto colon = authority.rfind(':');
  if (colon == std::string_view::npos) refuse("--url wants http://IP:PORT/PATH");
  settings.host = authority.substr(0, colon);
  settings.port = authority.substr(colon + 1);
  if (slash < url.size()) settings.path = url.substr(slash);
}

void set(Settings& s, std::string_view name, std::string_view value) {
  if (name == "url") set_url(s, value);
  else if (name == "body") s.body_file = value;
  else if (name == "method") s.method = value;
  else if (name == "type") s.content_type = value;
  else if (name == "header") s.extra_headers.append(value).append("\r\n");
  else if (name == "label") s.label = value;
  else if (name == "connections") s.connections = static_cast<int>(number(name, value));
  else if (name == "requests") s.requests = static_cast<long>(number(name, value));
  else if (name == "expect-chunks") s.expect_chunks = static_cast<long>(number(name, value));
  else if (name == "seconds") s.length = Seconds(number(name, value));
  else if (name == "warm") s.warm = Seconds(number(name, value));
  else if (name == "ramp") s.ramp = Seconds(number(name, value));
  else if (name == "timeout") s.timeout = Seconds(number(name, value));
  else if (name == "cancel-rate") s.cancel_rate = number(name, value);
  else if (name == "cancel-within") s.cancel_within = Seconds(number(name, value));
  else if (name == "pid") s.pid = static_cast<int>(number(name, value));
  else refuse("unknown option --" + std::string(name));
}

Settings read_arguments(int count, char** arguments) {
  Settings settings;
  for (int i = 1; i < count; ++i) {
    std::string_view name = arguments[i];
    if (name == "--help") {
      std::printf("%s", std::string(usage).c_str());
      std::exit(0);
    }
    if (!name.starts_with("--")) refuse("unexpected argument '" + std::string(name) + "'");
    name.remove_prefix(2);
    if (name == "stream") {
      settings.stream = true;
      continue;
    }
    const auto equals = name.find('=');
    if (equals != std::string_view::npos) {
      set(settings, name.substr(0, equals), name.substr(equals + 1));
    } else {
      if (i + 1 == count) refuse("--" + std::string(name) + " wants a value");
      set(settings, name, arguments[++i]);
    }
  }
  if (settings.port.empty()) refuse("--url is required");
  return settings;
}

std::string build_request(const Settings& settings) {
  std::string body;
  if (!settings.body_file.empty()) {
    std::ifstream file(settings.body_file, std::ios::binary);
    if (!file) refuse("cannot read " + settings.body_file);
    body.assign(std::istreambuf_iterator<char>(file), {});
  }
  std::string request = settings.method + " " + settings.path + " HTTP/1.1\r\nHost: " + settings.host + ":" +
                        settings.port + "\r\n" + settings.extra_headers;
  if (settings.method == "POST")
    request += "Content-Type: " + settings.content_type +
               "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  return request + "\r\n" + body;
}

tcp::endpoint target_of(const Settings& settings) {
  boost::system::error_code failed;
  const auto address =
      asio::ip::make_address(settings.host == "localhost" ? "127.0.0.1" : settings.host, failed);
  constexpr std::uint64_t largest_port = 65'535;
  const auto port = parse_number(settings.port, 10, largest_port);
  if (failed || !port) refuse("--url wants http://IP:PORT/PATH");
  return {address, static_cast<std::uint16_t>(*port)};
}

awaitable<void> sleep(asio::io_context& io, Seconds time) {
  asio::steady_timer timer(io, std::chrono::duration_cast<Clock::duration>(time));
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

/// One measurement: clients, their warm-up and end, and the watch over time-outs.
class Measurement {
 public:
  Measurement(const Settings& settings, asio::io_context& io)
      : settings_(settings),
        io_(io),
        watcher_(settings.pid),
        run_{settings, build_request(settings), target_of(settings), tally_, settings.requests} {}

  std::string take() {
    tally_.recording = settings_.warm.count() == 0;
    for (int i = 0; i < settings_.connections; ++i) {
      clients_.push_back(std::make_unique<Client>(io_, run_, i));
      const auto wait = settings_.ramp * i / settings_.connections;
      asio::co_spawn(io_, work(*clients_.back(), std::chrono::duration_cast<Clock::duration>(wait)),
                     asio::detached);
    }
    asio::co_spawn(io_, conduct(), asio::detached);
    asio::co_spawn(io_, watch_deadlines(), asio::detached);
    io_.run();
    return report(settings_, tally_, std::chrono::duration<double>(end_ - begin_).count(), process_);
  }

 private:
  awaitable<void> work(Client& client, Clock::duration wait) {
    ++working_;
    co_await client.work(wait);
    if (--working_ == 0 && settings_.requests > 0) finish();
  }

  awaitable<void> conduct() {
    begin_ = Clock::now();
    if (settings_.warm.count() > 0) {
      co_await sleep(io_, settings_.warm);
      watcher_.mark();
      begin_ = Clock::now();
      tally_.recording = true;
    }
    if (settings_.requests > 0) co_return;
    co_await sleep(io_, settings_.length);
    finish();
  }

  void finish() {
    if (run_.stop) return;
    end_ = Clock::now();
    process_ = watcher_.finish();
    tally_.recording = false;
    run_.stop = true;
  }

  awaitable<void> watch_deadlines() {
    constexpr Seconds step{0.05}, patience{2};
    auto left = patience;
    while (working_ > 0) {
      co_await sleep(io_, step);
      for (auto& client : clients_)
        client->expire(run_.stop && left.count() < 0 ? Clock::time_point::max() : Clock::now());
      if (run_.stop) left -= step;  // after the end, running requests get a moment and are then dropped
    }
  }

  const Settings& settings_;
  asio::io_context& io_;
  Watcher watcher_;
  Tally tally_;
  Run run_;
  std::vector<std::unique_ptr<Client>> clients_;
  Clock::time_point begin_, end_;
  ProcessFacts process_;
  int working_ = 0;
};

int run(const Settings& settings) {
  ::signal(SIGPIPE, SIG_IGN);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  asio::io_context io(1);
  Measurement measurement(settings, io);
  std::printf("%s\n", measurement.take().c_str());
  return 0;
}

}  // namespace
}  // namespace sensorium::bench

int main(int count, char** arguments) {
  return sensorium::bench::run(sensorium::bench::read_arguments(count, arguments));
}
