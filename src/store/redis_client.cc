// The thread: connect, take all that waits, send it in one go, read the replies in order.
#include "store/redis_client.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "exec/waker.h"
#include "store/redis_connection.h"

namespace sensorium::store {
namespace {

constexpr std::size_t batch_most = 128;

struct Waiting {
  RedisConnection::Command command;
  RedisClient::Callback done;
};

Error away(const RedisAddress& address) {
  return Error(Code::upstream_unavailable, fmt::format("Redis at {} cannot be reached", address.shown()),
               "Check that the Redis server runs and can be reached");
}

Error too_many() {
  return Error(Code::overloaded, "Too many commands wait for Redis", "Try again in a second")
      .after(Milliseconds(1000));
}

}  // namespace

struct RedisClient::Impl {
  Impl(RedisAddress to, RedisOptions how) : address(std::move(to)), options(how) {
    thread = std::thread([this] { loop(); });
  }
  ~Impl() {
    {
      const std::scoped_lock lock(mutex);
      closing = true;
    }
    ready.notify_all();
    thread.join();
  }

  void submit(Waiting waiting);
  void loop();
  bool connect();
  void exchange(std::deque<Waiting>& batch);
  std::deque<Waiting> take();
  void pause();
  void fail_all(std::deque<Waiting> batch, const Error& error);

  RedisAddress address;
  RedisOptions options;
  std::mutex mutex;
  std::condition_variable ready;
  std::deque<Waiting> queue;
  bool closing = false;
  std::atomic<bool> usable{true};  ///< until the first attempt fails, commands wait for it
  std::unique_ptr<RedisConnection> connection;
  Milliseconds next_pause{};
  std::thread thread;
};

void RedisClient::Impl::submit(Waiting waiting) {
  bool full = false;
  {
    const std::scoped_lock lock(mutex);
    full = queue.size() >= options.max_waiting;
    if (!full && usable && !closing) {
      queue.push_back(std::move(waiting));
      ready.notify_one();
      return;
    }
  }
  waiting.done(full ? too_many() : away(address));
}

bool RedisClient::Impl::connect() {
  auto opened = RedisConnection::open(address, options);
  if (opened) {
    connection = std::move(*opened);
    if (!usable.exchange(true)) log::warning("redis", fmt::format("{} is back", address.shown()));
    next_pause = options.first_pause;
    return true;
  }
  if (usable.exchange(false))
    log::warning("redis", fmt::format("{} is away: {}", address.shown(), sentence(opened.error())));
  std::deque<Waiting> lost;
  {
    const std::scoped_lock lock(mutex);
    lost.swap(queue);
  }
  fail_all(std::move(lost), opened.error());
  return false;
}

void RedisClient::Impl::fail_all(std::deque<Waiting> batch, const Error& error) {
  for (auto& waiting : batch) waiting.done(error);
}

void RedisClient::Impl::pause() {
  std::unique_lock lock(mutex);
  ready.wait_for(lock, next_pause, [this] { return closing; });
  next_pause = std::min(next_pause * 2, options.longest_pause);
}

std::deque<Waiting> RedisClient::Impl::take() {
  std::unique_lock lock(mutex);
  ready.wait(lock, [this] { return closing || !queue.empty(); });
  std::deque<Waiting> batch;
  while (!closing && !queue.empty() && batch.size() < batch_most) {
    batch.push_back(std::move(queue.front()));
    queue.pop_front();
  }
  return batch;
}

void RedisClient::Impl::exchange(std::deque<Waiting>& batch) {
  for (auto& waiting : batch)
    if (auto prepared = connection->prepare(waiting.command); !prepared && connection->dead())
      return fail_all(std::move(batch), prepared.error());
  for (auto& waiting : batch) (void)connection->append(waiting.command);
  std::deque<Waiting> again;
  for (auto& waiting : batch) {
    auto reply = connection->read();
    if (RedisConnection::forgotten(reply)) again.push_back(std::move(waiting));
    else waiting.done(std::move(reply));
  }
  batch.clear();
  if (again.empty()) return;
  connection->forget_scripts();
  for (auto& waiting : again) {
    auto prepared = connection->prepare(waiting.command);
    if (prepared) prepared = connection->append(waiting.command);
    waiting.done(prepared ? connection->read() : Result<RedisReply>(std::move(prepared).error()));
  }
}

/// hiredis writes without MSG_NOSIGNAL: a server that went away must not end this process.
void block_broken_pipe() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void RedisClient::Impl::loop() {
  block_broken_pipe();
  next_pause = options.first_pause;
  for (;;) {
    if (!connection && !connect()) pause();
    if (connection) {
      auto batch = take();
      if (!batch.empty()) exchange(batch);
      if (connection->dead()) connection.reset();
    }
    const std::scoped_lock lock(mutex);
    if (closing) break;
  }
  fail_all(std::move(queue), Error(Code::cancelled, "The connection to Redis was closed"));
}

RedisClient::RedisClient(RedisAddress address, RedisOptions options)
    : impl_(std::make_unique<Impl>(std::move(address), options)) {}
RedisClient::~RedisClient() = default;

bool RedisClient::available() const noexcept { return impl_->usable; }
std::string RedisClient::shown() const { return impl_->address.shown(); }

void RedisClient::send(std::vector<std::string> command, Callback done) {
  impl_->submit({{std::move(command), nullptr}, std::move(done)});
}

void RedisClient::run(const RedisScript& script, std::vector<std::string> keys,
                      std::vector<std::string> arguments, Callback done) {
  std::vector<std::string> words{std::to_string(keys.size())};
  words.insert(words.end(), std::make_move_iterator(keys.begin()), std::make_move_iterator(keys.end()));
  words.insert(words.end(), std::make_move_iterator(arguments.begin()),
               std::make_move_iterator(arguments.end()));
  impl_->submit({{std::move(words), &script}, std::move(done)});
}

Task<RedisReply> RedisClient::call(CallContext ctx, std::vector<std::string> command) {
  struct Slot {
    std::mutex mutex;
    std::optional<Result<RedisReply>> reply;
    Waker arrived;
  };
  const auto slot = std::make_shared<Slot>();
  send(std::move(command), [slot](Result<RedisReply> reply) {
    {
      const std::scoped_lock lock(slot->mutex);
      slot->reply.emplace(std::move(reply));
    }
    slot->arrived.wake();
  });
  SN_CO_TRY(co_await slot->arrived.wait(ctx));
  const std::scoped_lock lock(slot->mutex);
  co_return std::move(*slot->reply);
}

Task<std::optional<std::string>> RedisClient::get(CallContext ctx, std::string key) {
  auto reply = SN_CO_TRY(co_await call(std::move(ctx), {"GET", std::move(key)}));
  if (reply.kind != RedisReply::Kind::text) co_return std::optional<std::string>();
  co_return std::optional<std::string>(std::move(reply.text));
}

Task<> RedisClient::set(CallContext ctx, std::string key, std::string value, Milliseconds ttl) {
  SN_CO_TRY(co_await call(std::move(ctx), {"SET", std::move(key), std::move(value), "PX",
                                           std::to_string(std::max<std::int64_t>(1, ttl.count()))}));
  co_return Status{};
}

Task<> RedisClient::remove(CallContext ctx, std::string key) {
  SN_CO_TRY(co_await call(std::move(ctx), {"DEL", std::move(key)}));
  co_return Status{};
}

}  // namespace sensorium::store
