// RedisClient: one connection to Redis on a thread of its own; commands that wait go out together.
// Surprising: while Redis is away every command fails at once, so that callers degrade instead of
// waiting; the thread reconnects by itself. A command that failed may still have been carried out.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exec/task.h"
#include "store/redis_address.h"

namespace sensorium::store {

struct RedisReply {
  enum class Kind : std::uint8_t { nil, text, integer, list } kind = Kind::nil;
  std::string text;  ///< binary-safe
  std::int64_t integer = 0;
  std::vector<RedisReply> list;
};

struct RedisOptions {
  Milliseconds connect{1000};
  Milliseconds command{500};                           ///< after it the connection counts as dead
  Milliseconds first_pause{100}, longest_pause{2000};  ///< between attempts to connect
  std::size_t max_waiting = 10'000;
};

/// A Lua script; loaded into the server once per connection. Make it a constant that outlives clients.
struct RedisScript {
  std::string_view source;
};

/// Thread-safe. Destruction fails what still waits and joins the thread.
class RedisClient {
 public:
  /// Called once, on the client's thread, or on the caller's when the command is refused at once. Must
  /// not block. Errors: upstream_unavailable (away, time-out, an error reply), overloaded (too many wait).
  using Callback = std::move_only_function<void(Result<RedisReply>)>;

  explicit RedisClient(RedisAddress address, RedisOptions options = {});
  ~RedisClient();
  RedisClient(const RedisClient&) = delete;
  RedisClient& operator=(const RedisClient&) = delete;

  /// Whether the last attempt to reach it worked.
  bool available() const noexcept;
  std::string shown() const;

  void send(std::vector<std::string> command, Callback done);
  void run(const RedisScript& script, std::vector<std::string> keys, std::vector<std::string> arguments,
           Callback done);

  Task<RedisReply> call(CallContext ctx, std::vector<std::string> command);
  /// nullopt when there is no such key.
  Task<std::optional<std::string>> get(CallContext ctx, std::string key);
  Task<> set(CallContext ctx, std::string key, std::string value, Milliseconds ttl);
  Task<> remove(CallContext ctx, std::string key);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sensorium::store
