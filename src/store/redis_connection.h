// One blocking connection to Redis, for the thread of RedisClient: hiredis behind plain types.
#pragma once

#include <map>
#include <memory>

#include "store/redis_client.h"

struct redisContext;

namespace sensorium::store {

/// Not thread-safe; blocks up to the times in the options.
class RedisConnection {
 public:
  struct Command {
    std::vector<std::string> words;       ///< of a script: keys' count, keys, arguments
    const RedisScript* script = nullptr;  ///< null: words are the whole command
  };

  /// Connects, authenticates and selects the database.
  static Result<std::unique_ptr<RedisConnection>> open(const RedisAddress& address,
                                                       const RedisOptions& options);
  ~RedisConnection();
  RedisConnection(const RedisConnection&) = delete;
  RedisConnection& operator=(const RedisConnection&) = delete;

  /// Loads the command's script where that has not happened yet. Not between append() and read().
  Status prepare(const Command& command);
  /// Queues a prepared command for the next exchange. Errors: the connection is dead.
  Status append(const Command& command);
  /// The reply to the oldest command appended. A reply that is an error does not end the connection.
  Result<RedisReply> read();
  bool dead() const noexcept { return dead_; }
  /// Whether a reply says that the server forgot a script; after forget_scripts() it is loaded again.
  static bool forgotten(const Result<RedisReply>& reply) noexcept;
  void forget_scripts() { loaded_.clear(); }

 private:
  explicit RedisConnection(redisContext* context) : context_(context) {}
  Status load(const RedisScript& script);
  Result<RedisReply> ask(const std::vector<std::string>& words);
  Status append_words(const std::vector<std::string>& words);
  Error broken();

  redisContext* context_;
  std::map<const RedisScript*, std::string> loaded_;  ///< the names that the server gave
  bool dead_ = false;
};

}  // namespace sensorium::store
