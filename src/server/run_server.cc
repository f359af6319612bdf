// The service as a process: workers, the acceptor, signals, and an orderly end.
#include "server/run_server.h"

#include <malloc.h>
#include <sys/resource.h>

#include <csignal>
#include <future>
#include <thread>

#include "base/log.h"
#include "exec/control_loop.h"
#include "net/acceptor.h"
#include "server/worker.h"

namespace sensorium::server {
namespace {

constexpr Milliseconds look_every{20};
constexpr Milliseconds farewell{2'000};   ///< for error events and replies after a hard stop
constexpr Milliseconds last_wait{5'000};  ///< for work that still holds a closed connection
constexpr int arenas = 2;
constexpr int large_block = 1 << 20;  // bytes; larger ones go back to the system when they are freed

void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Without these, each thread keeps a heap of its own and the largest body ever seen stays resident.
void bound_heap() {
  ::mallopt(M_ARENA_MAX, arenas);
  ::mallopt(M_MMAP_THRESHOLD, large_block);
  ::mallopt(M_TRIM_THRESHOLD, large_block);
}

Status check_open(const net::Listener& listener, const service::Service& service, OpenAddress open) {
  if (listener.loopback() || open == OpenAddress::allow || !service.config().keys.empty()) return {};
  return Error(Code::misconfigured,
               "Others could reach " + listener.address() + " and no keys are configured",
               "Add [keys.NAME] with key_file to the configuration, listen on 127.0.0.1, or start with "
               "--no-auth")
      .at("listen");
}

unsigned worker_count(std::int64_t asked) {
  if (asked > 0) return static_cast<unsigned>(asked);
  return std::max(1U, std::thread::hardware_concurrency());
}

class ServerRun {
 public:
  ServerRun(service::Service& service, net::Listener listener, const ServeOptions& options);
  ~ServerRun();
  void start();
  int run();

 private:
  enum class Phase { serving, draining, stopping, closing, over };
  void on_signal(int number);
  void begin_drain();
  void enter(Phase phase, Milliseconds within);
  void look();
  bool at_rest() const;
  void leak();

  // First: whoever is told the address may already send a signal.
  ControlLoop control_{{SIGTERM, SIGINT}, [this](int number) { on_signal(number); }};
  std::optional<net::Listener> listener_;
  Milliseconds drain_;
  std::unique_ptr<GatewayShared> shared_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<net::Acceptor> acceptor_;
  std::size_t next_ = 0;  ///< round robin; on the first worker's thread
  Phase phase_ = Phase::serving;
  TimePoint phase_end_ = TimePoint::max();
  int quiet_looks_ = 0;
  int signals_seen_ = 0;
  int exit_code_ = 0;
};

net::HttpServerOptions http_options(const Config& config, std::size_t workers) {
  net::HttpServerOptions options;
  options.max_body = static_cast<std::uint64_t>(config.server.max_body.bytes());
  options.max_connections = std::max<std::size_t>(64, options.max_connections / workers);
  return options;
}

ServerRun::ServerRun(service::Service& service, net::Listener listener, const ServeOptions& options)
    : listener_(std::move(listener)),
      drain_(options.drain.value_or(service.config().server.drain)),
      shared_(std::make_unique<GatewayShared>(service)) {
  const unsigned count = worker_count(options.workers.value_or(service.config().server.workers));
  for (unsigned i = 0; i < count; ++i)
    workers_.push_back(std::make_unique<Worker>(i, *shared_, http_options(service.config(), count)));
  shared_->in_flight = [this] {
    std::size_t sum = 0;
    for (const auto& worker : workers_) sum += worker->in_flight();
    return sum;
  };
  acceptor_ = std::make_unique<net::Acceptor>(
      workers_.front()->io(), *listener_,
      [this](int fd, std::string peer) { workers_[next_++ % workers_.size()]->adopt(fd, std::move(peer)); });
}

ServerRun::~ServerRun() {
  for (auto& worker : workers_) worker->join();
  acceptor_.reset();
}

void ServerRun::start() {
  for (auto& worker : workers_) worker->start();
}

int ServerRun::run() {
  control_.run();
  return exit_code_;
}

void ServerRun::on_signal(int number) {
  if (++signals_seen_ == 1) return begin_drain();
  if (shared_->in_flight() > 0) exit_code_ = 128 + number;
  control_.release_signals();  // a third signal ends the process in the usual way
  if (phase_ == Phase::draining) enter(Phase::stopping, farewell);
}

void ServerRun::begin_drain() {
  log::info("server", "draining: no new connections, running requests may end");
  shared_->draining = true;
  // Both descriptors of the listening socket must go, else the kernel would still take connections.
  std::promise<void> closed;
  workers_.front()->post([this, &closed] {
    acceptor_->stop();
    closed.set_value();
  });
  closed.get_future().wait();
  listener_.reset();
  for (auto& worker : workers_) worker->drain();
  enter(Phase::draining, drain_);
  control_.tick_every(look_every, [this] { look(); });
}

void ServerRun::enter(Phase phase, Milliseconds within) {
  phase_ = phase;
  phase_end_ = SteadyClock::now() + within;
  quiet_looks_ = 0;
  if (phase == Phase::stopping)
    for (auto& worker : workers_) worker->stop_requests();
  if (phase == Phase::closing)
    for (auto& worker : workers_) worker->close_all();
  look();
}

bool ServerRun::at_rest() const {
  std::size_t open = 0;
  for (const auto& worker : workers_) open += worker->connections();
  return open == 0;
}

void ServerRun::look() {
  quiet_looks_ = shared_->in_flight() == 0 ? quiet_looks_ + 1 : 0;
  constexpr int quiet_enough = 3;  // a client may be between two requests
  if (at_rest()) phase_ = Phase::over;
  else if (phase_ == Phase::draining && quiet_looks_ >= quiet_enough) return enter(Phase::closing, last_wait);
  else if (SteadyClock::now() >= phase_end_) {
    if (phase_ == Phase::draining) return enter(Phase::stopping, farewell);
    if (phase_ == Phase::stopping) return enter(Phase::closing, last_wait);
    leak();
    phase_ = Phase::over;
  }
  if (phase_ == Phase::over) control_.stop();
}

// Work that ignores its cancellation still refers to its worker; a worker that is never freed is the
// lesser evil in a process that ends anyway.
void ServerRun::leak() {
  log::error("server", "some work did not end when it was told to; it is left behind");
  for (auto& worker : workers_) {
    worker->join();
    if (worker->connections() > 0) static_cast<void>(worker.release());
  }
  std::erase(workers_, nullptr);
}

}  // namespace

Result<int> run_server(service::Service& service, const ServeOptions& options) {
  bound_heap();
  raise_file_limit();
  std::signal(SIGPIPE, SIG_IGN);
  auto listener =
      SN_TRY(net::Listener::bind(options.listen.empty() ? service.config().server.listen : options.listen));
  SN_TRY(check_open(listener, service, options.open_address));
  const std::string address = listener.address();
  service.listens_on(address);
  ServerRun run(service, std::move(listener), options);
  run.start();
  if (options.on_listening) options.on_listening(address);
  return run.run();
}

}  // namespace sensorium::server
