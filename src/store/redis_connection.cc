// hiredis' blocking API: on a thread of its own, with many commands per round trip, it needs no event loop.
#include "store/redis_connection.h"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

namespace sensorium::store {
namespace {

using ReplyPtr = std::unique_ptr<redisReply, decltype([](redisReply* reply) { freeReplyObject(reply); })>;

timeval to_timeval(Milliseconds time) {
  return {.tv_sec = time.count() / 1000, .tv_usec = time.count() % 1000 * 1000};
}

Error refused(std::string_view words) {
  return Error(Code::upstream_unavailable, fmt::format("Redis refused a command: {}", words),
               "Look at the log of the Redis server");
}

Result<RedisReply> convert(const redisReply& from) {
  RedisReply reply;
  switch (from.type) {
    case REDIS_REPLY_ERROR:
      return refused({from.str, from.len});
    case REDIS_REPLY_INTEGER:
      reply.kind = RedisReply::Kind::integer;
      reply.integer = from.integer;
      break;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      reply.kind = RedisReply::Kind::text;
      reply.text.assign(from.str, from.len);
      break;
    case REDIS_REPLY_ARRAY:
      reply.kind = RedisReply::Kind::list;
      for (std::size_t i = 0; i < from.elements; ++i) {
        auto element = SN_TRY(convert(*from.element[i]));
        reply.list.push_back(std::move(element));
      }
      break;
    default:
      break;
  }
  return reply;
}

}  // namespace

Error RedisConnection::broken() {
  dead_ = true;
  return Error(
      Code::upstream_unavailable,
      fmt::format("Redis does not answer: {}", context_->err ? context_->errstr : "the connection ended"),
      "Check that the Redis server runs and can be reached");
}

Result<std::unique_ptr<RedisConnection>> RedisConnection::open(const RedisAddress& address,
                                                               const RedisOptions& options) {
  redisContext* context =
      address.socket.empty()
          ? redisConnectWithTimeout(address.host.c_str(), address.port, to_timeval(options.connect))
          : redisConnectUnixWithTimeout(address.socket.c_str(), to_timeval(options.connect));
  if (!context) return Error(Code::upstream_unavailable, "There is no memory for a connection to Redis");
  std::unique_ptr<RedisConnection> connection(new RedisConnection(context));
  if (context->err) return connection->broken();
  redisSetTimeout(context, to_timeval(options.command));
  if (!address.password.empty()) {
    std::vector<std::string> words{"AUTH"};
    if (!address.user.empty()) words.push_back(address.user);
    words.push_back(address.password);
    SN_TRY(connection->ask(words));
  }
  if (address.database != 0) SN_TRY(connection->ask({"SELECT", std::to_string(address.database)}));
  SN_TRY(connection->ask({"PING"}));  // a server that loads its data says so here
  return connection;
}

RedisConnection::~RedisConnection() { redisFree(context_); }

Status RedisConnection::append_words(const std::vector<std::string>& words) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const auto& word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  if (redisAppendCommandArgv(context_, static_cast<int>(words.size()), texts.data(), sizes.data()) !=
      REDIS_OK)
    return broken();
  return {};
}

Result<RedisReply> RedisConnection::read() {
  void* raw = nullptr;
  if (dead_ || redisGetReply(context_, &raw) != REDIS_OK) return broken();
  const ReplyPtr reply(static_cast<redisReply*>(raw));
  return reply ? convert(*reply) : broken();
}

Result<RedisReply> RedisConnection::ask(const std::vector<std::string>& words) {
  SN_TRY(append_words(words));
  return read();
}

Status RedisConnection::load(const RedisScript& script) {
  if (loaded_.contains(&script)) return {};
  auto reply = SN_TRY(ask({"SCRIPT", "LOAD", std::string(script.source)}));
  loaded_[&script] = std::move(reply.text);
  return {};
}

Status RedisConnection::append(const Command& command) {
  if (!command.script) return append_words(command.words);
  std::vector<std::string> words{"EVALSHA", loaded_[command.script]};
  words.insert(words.end(), command.words.begin(), command.words.end());
  return append_words(words);
}

Status RedisConnection::prepare(const Command& command) {
  return command.script ? load(*command.script) : Status{};
}

bool RedisConnection::forgotten(const Result<RedisReply>& reply) noexcept {
  return !reply && reply.error().message.contains("NOSCRIPT");
}

}  // namespace sensorium::store
