// Connection: one client socket from its first head to its close. What happens between a head and its
// reply is in http_exchange.cc.
#include "net/http_connection.h"

#include <sys/socket.h>

#include "base/ids.h"
#include "base/text.h"
#include "net/http_status.h"

namespace sensorium::net {
namespace asio = boost::asio;
namespace {

constexpr std::size_t read_size = 16UL << 10;
constexpr Milliseconds linger_time{2'000};
constexpr std::uint64_t linger_bytes = 8UL << 20;

}  // namespace

Task<> Connection::fill() {
  buffer_.erase(0, used_);
  used_ = 0;
  const std::size_t kept = buffer_.size();
  buffer_.resize(kept + read_size);
  auto [error, n] = co_await stream_.read_some(asio::buffer(buffer_.data() + kept, read_size));
  buffer_.resize(kept + n);
  if (n == 0) {
    if (error == asio::error::operation_aborted)
      co_return Error(Code::cancelled, "The connection was closed");
    co_return Error(Code::invalid_request, "The message ended before it was complete");
  }
  used_ = SN_CO_TRY(parser_->feed(buffer_, pieces_));
  co_return Status{};
}

/// False at a quiet end of the connection.
Task<bool> Connection::read_head() {
  parser_.emplace(HttpKind::request, shared_.options.max_head, shared_.options.max_body);
  pieces_.clear();
  buffer_.erase(0, used_);
  used_ = 0;
  if (buffer_.empty()) {
    if (shared_.draining) co_return false;
    shared_.idle.insert(this);
    expire_after(shared_.options.keep_alive);
    auto first = co_await fill();
    shared_.idle.erase(this);
    if (!first && buffer_.empty()) co_return false;
    SN_CO_TRY(std::move(first));
  } else {
    used_ = SN_CO_TRY(parser_->feed(buffer_, pieces_));
  }
  expire_after(shared_.options.head_within);
  while (!parser_->head_done()) {
    if (buffer_.size() - used_ > shared_.options.max_head)
      co_return Error(Code::too_large, "The request head is larger than 16 KiB",
                      "Send fewer or shorter headers");
    SN_CO_TRY(co_await fill());
  }
  disarm();
  co_return true;
}

asio::awaitable<bool> Connection::write(const std::vector<asio::const_buffer>& pieces) {
  expire_after(shared_.options.write_stall);
  auto [error, n] = co_await stream_.write(pieces);
  disarm();
  if (error) keep_ = false;
  co_return !error;
}

asio::awaitable<void> Connection::answer_bad_head(Error error) {
  keep_ = false;
  if (error.code == Code::cancelled) co_return;
  const int status = error.message.starts_with("The request head") ? 431 : facts(error.code).http;
  const std::string id = make_id("req_");
  const std::string body = "{\"error\":{\"message\":" + text::json_quote(error.message) +
                           ",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"" +
                           std::string(facts(error.code).name) +
                           "\",\"hint\":" + (error.hint.empty() ? "null" : text::json_quote(error.hint)) +
                           ",\"request_id\":\"" + id + "\"}}";
  std::string head(status_line(status));
  head += "x-request-id: " + id +
          "\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " +
          std::to_string(body.size()) + "\r\n\r\n";
  if (co_await write({asio::buffer(head), asio::buffer(body)})) co_await linger();
}

// Closing with unread bytes would reset the connection and take the reply with it.
asio::awaitable<void> Connection::linger() {
  boost::system::error_code ignored;
  stream_.socket().shutdown(Socket::shutdown_send, ignored);
  expire_after(linger_time);
  std::uint64_t dropped = 0;
  buffer_.resize(read_size);
  while (dropped < linger_bytes) {
    auto [error, n] = co_await stream_.read_some(asio::buffer(buffer_));
    if (error || n == 0) break;
    dropped += n;
  }
}

asio::awaitable<void> Connection::handle_one() {
  const auto exchange = make_exchange(*this);
  keep_ = parser_->head().keep_alive;
  struct Counted {
    std::atomic<std::size_t>& count;
    explicit Counted(std::atomic<std::size_t>& c) : count(c) { count.fetch_add(1); }
    ~Counted() { count.fetch_sub(1); }
  } counted(shared_.in_flight);
  auto done = co_await shared_.handler(*exchange);
  if (!done || !exchange->started()) keep_ = false;
  if (!parser_->done()) {
    keep_ = false;
    if (exchange->started()) co_await linger();
  }
}

asio::awaitable<void> Connection::run() {
  const int on = 1;
  ::setsockopt(stream_.socket().native_handle(), IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof on);
  while (keep_) {
    auto head = co_await read_head();
    if (!head) {
      co_await answer_bad_head(std::move(head).error());
      break;
    }
    if (!*head) break;
    co_await handle_one();
  }
  close();
}

asio::awaitable<void> serve_connection(std::shared_ptr<ServerShared> shared, Socket socket, std::string peer,
                                       std::shared_ptr<Gate> gate) {
  // On the heap, so that a waiting connection costs one small frame.
  auto connection =
      std::make_unique<Connection>(*shared, std::move(socket), std::move(peer), std::move(gate));
  co_await connection->run();
}

}  // namespace sensorium::net
