// Call: one HTTP request on its way through an endpoint: its id, its headers, its replies.
#pragma once

#include <string>

#include "server/gateway.h"
#include "server/router.h"

namespace sensorium::server {

/// Shard-bound; lives as long as its exchange.
class Call {
 public:
  Call(Gateway& gateway, net::HttpExchange& exchange);

  net::HttpExchange& exchange() noexcept { return exchange_; }
  const net::HttpHead& head() const noexcept { return exchange_.head(); }
  GatewayShared& shared() noexcept { return gateway_.shared(); }
  service::ServiceShard& shard() noexcept { return gateway_.shard(); }
  const std::string& request_id() const noexcept { return request_id_; }
  TimePoint begin() const noexcept { return begin_; }
  double elapsed_ms() const noexcept;
  bool has_idempotency_key() const noexcept {
    return exchange_.head().header("idempotency-key").data() != nullptr;
  }
  /// A context with the request's time-out, else the configured one.
  CallContext context(std::optional<Milliseconds> timeout = {}) const;

  Route route;
  net::Headers headers;     ///< of the reply; begins with x-request-id
  std::string caller;       ///< name of the key that asks; "" without keys
  std::string fingerprint;  ///< of the question, where it has an Idempotency-Key
  std::string model;        ///< who answered, for metrics and the log; "" if nobody did
  int status = 0;           ///< of the reply, once there is one
  bool timed = false;       ///< Server-Timing is among the headers

  /// Sends a whole reply with `headers`.
  Task<> reply(int code, std::string_view type, std::string_view body);
  Task<> reply_json(std::string_view body) { return reply(200, "application/json", body); }
  /// Sends the error as its reply.
  Task<> fail(const Error& error);

 private:
  Gateway& gateway_;
  net::HttpExchange& exchange_;
  TimePoint begin_ = SteadyClock::now();
  std::string request_id_;
};

}  // namespace sensorium::server
