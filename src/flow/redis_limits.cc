// The scripts; the arithmetic is that of Gcra.
#include "flow/redis_limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace sensorium::flow {
namespace {

using store::RedisReply;
using store::RedisScript;

// ARGV: for each unit interval (microseconds), burst, units; then concurrency, lease, hold (microseconds).
// Gives {1 when taken, microseconds to wait}.
constexpr RedisScript take_script{R"lua(
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local state = redis.call('HMGET', KEYS[1], 'due1', 'due2', 'due3', 'due4', 'block1', 'block2', 'block3', 'block4')
local wait, due = 0, {}
for i = 1, 4 do
  local interval, burst, units = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  if units > 0 then
    wait = math.max(wait, (tonumber(state[4 + i]) or 0) - now)
    if interval > 0 then
      due[i] = math.max(tonumber(state[i]) or 0, now)
      wait = math.max(wait, due[i] - math.max(burst - units, 0) * interval - now)
      due[i] = due[i] + units * interval
    end
  end
end
local places = tonumber(ARGV[13])
if places > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
  if redis.call('ZCARD', KEYS[2]) >= places then wait = math.max(wait, 20000) end
end
if wait > 0 then return {0, math.ceil(wait)} end
for i = 1, 4 do
  if due[i] then redis.call('HSET', KEYS[1], 'due' .. i, string.format('%.0f', due[i])) end
end
redis.call('PEXPIRE', KEYS[1], 3600000)
if places > 0 then
  redis.call('ZADD', KEYS[2], string.format('%.0f', now + tonumber(ARGV[15])), ARGV[14])
  redis.call('PEXPIRE', KEYS[2], 7200000)
end
return {1, 0}
)lua"};

// ARGV: for each unit interval and what to add; then the lease.
constexpr RedisScript settle_script{R"lua(
for i = 1, 4 do
  local interval, more = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  if interval > 0 and more ~= 0 then
    local due = redis.call('HGET', KEYS[1], 'due' .. i)
    if due then redis.call('HSET', KEYS[1], 'due' .. i, string.format('%.0f', due + more * interval)) end
  end
end
return redis.call('ZREM', KEYS[2], ARGV[9])
)lua"};

// ARGV: number of the unit, microseconds.
constexpr RedisScript block_script{R"lua(
local t = redis.call('TIME')
local until_time = t[1] * 1000000 + t[2] + tonumber(ARGV[2])
local old = tonumber(redis.call('HGET', KEYS[1], 'block' .. ARGV[1])) or 0
redis.call('HSET', KEYS[1], 'block' .. ARGV[1], string.format('%.0f', math.max(old, until_time)))
redis.call('PEXPIRE', KEYS[1], math.ceil(math.max(3600000, tonumber(ARGV[2]) / 1000)))
return 1
)lua"};

std::vector<std::string> keys_of(const std::string& gate) {
  const std::string key = fmt::format("sensorium:limit:{{{}}}", gate);
  return {key, key + ":inside"};
}

std::string microseconds(double nanoseconds) { return fmt::format("{:.6f}", nanoseconds / 1000); }

std::string interval_of(const GateLimits& limits, std::size_t unit) {
  return limits.rates[unit] ? microseconds(limits.rates[unit]->interval_ns) : "0";
}

Result<Decision> read_decision(Result<RedisReply> reply) {
  if (!reply) return std::move(reply).error();
  if (reply->list.size() != 2)
    return Error(Code::internal, "The limit script gave another reply than expected");
  return Decision{.granted = reply->list[0].integer == 1,
                  .wait = std::chrono::microseconds(std::max<std::int64_t>(reply->list[1].integer, 0))};
}

}  // namespace

void RedisLimits::take(const std::string& gate, const GateLimits& limits, const Units& units,
                       std::string lease, Milliseconds hold, Decided done) {
  std::vector<std::string> arguments;
  for (std::size_t i = 0; i < unit_count; ++i) {
    arguments.push_back(interval_of(limits, i));
    arguments.push_back(fmt::format("{}", limits.rates[i] ? limits.rates[i]->burst : 1));
    arguments.push_back(fmt::format("{}", units[i]));
  }
  arguments.push_back(std::to_string(limits.concurrency));
  arguments.push_back(std::move(lease));
  arguments.push_back(std::to_string(std::chrono::microseconds(hold).count()));
  redis_.run(
      take_script, keys_of(gate), std::move(arguments),
      [done = std::move(done)](Result<RedisReply> reply) mutable { done(read_decision(std::move(reply))); });
}

void RedisLimits::settle(const std::string& gate, const GateLimits& limits, const Units& more,
                         std::string lease) {
  if (limits.concurrency == 0 && std::ranges::all_of(more, [](double unit) { return unit == 0; })) return;
  std::vector<std::string> arguments;
  for (std::size_t i = 0; i < unit_count; ++i) {
    arguments.push_back(interval_of(limits, i));
    arguments.push_back(fmt::format("{}", more[i]));
  }
  arguments.push_back(std::move(lease));
  redis_.run(settle_script, keys_of(gate), std::move(arguments), [](const Result<RedisReply>&) {});
}

void RedisLimits::block(const std::string& gate, Unit unit, Milliseconds time) {
  redis_.run(
      block_script, keys_of(gate),
      {std::to_string(static_cast<int>(unit) + 1), std::to_string(std::chrono::microseconds(time).count())},
      [](const Result<RedisReply>&) {});
}

}  // namespace sensorium::flow
