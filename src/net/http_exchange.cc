// One request and its reply on a connection: bodies, whole replies, event streams, and the watch for the
// client's departure. Surprising: that watch stays armed between requests; it is one pending reactor
// wait, and the bytes of the next request disarm it.
#include <sys/socket.h>

#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include "net/http_connection.h"
#include "net/http_status.h"

namespace sensorium::net {
namespace asio = boost::asio;
namespace {

constexpr std::size_t reserve_limit = 8UL << 20;
constexpr std::uint64_t least_rate = 1024;  // bytes per second
constexpr Milliseconds hold_time{50};

void watch_peer(const std::shared_ptr<Gate>& gate, Socket& socket) {
  if (gate->armed) return;
  gate->armed = true;
  socket.async_wait(Socket::wait_read, [gate, &socket](const boost::system::error_code& error) {
    gate->armed = false;
    if (error || !gate->scope) return;
    char byte;
    const auto n = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (n > 0) return;  // a pipelined request: it waits its turn, the watch is over
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return watch_peer(gate, socket);
    gate->gone = true;
    gate->end_work();
  });
}

/// Work that until_gone() runs: ends it at the deadline, at a stop, and when the client leaves.
class Work {
 public:
  Work(ServerShared& shared, const std::shared_ptr<Gate>& gate, StopScope& scope)
      : shared_(shared),
        gate_(*gate),
        scope_(scope),
        stopped_(scope.context().stop_token(), Stop{gate, ++gate->epoch, shared.io.get_executor()}) {
    gate_.scope = &scope;
    gate_.cut = false;
    shared_.running.insert(&scope);
    gate_.timer.expires_at(scope.context().deadline());
    gate_.timer.async_wait([gate, epoch = gate->epoch](const boost::system::error_code& error) {
      if (!error && gate->epoch == epoch) gate->cut_work();
    });
  }
  ~Work() {
    gate_.timer.cancel();
    gate_.scope = nullptr;
    shared_.running.erase(&scope_);
  }
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;

 private:
  struct Stop {
    std::shared_ptr<Gate> gate;
    unsigned epoch;
    asio::io_context::executor_type executor;
    void operator()() const {
      asio::post(executor, [gate = gate, epoch = epoch] {
        if (gate->epoch == epoch) gate->end_work();
      });
    }
  };
  ServerShared& shared_;
  Gate& gate_;
  StopScope& scope_;
  std::stop_callback<Stop> stopped_;
};

/// Asio throws where a coroutine that was cut awaits again.
Task<> until_cut(const Gate& gate, Task<> work) {
  try {
    co_return co_await std::move(work);
  } catch (const boost::system::system_error&) {
    if (!gate.cut) throw;
  }
  co_return Error(Code::cancelled, "The call was cancelled");
}

void append_headers(std::string& head, const Headers& headers) {
  for (const auto& [name, value] : headers) head.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

/// The event stream of an exchange; sends its own heartbeats.
class Events final : public EventStream, private Watchdog::Entry {
 public:
  Events(Connection& connection, bool chunked)
      : Entry(connection.shared_.watchdog), connection_(connection), chunked_(chunked) {
    rest();
  }

  Task<> send(std::string_view fields, std::string_view data) override {
    text_.swap(held_);
    held_.clear();
    append(text_, fields, data);
    co_return co_await write();
  }

  void hold(std::string_view fields, std::string_view data) override {
    append(held_, fields, data);
    expire_after(hold_time);
  }

  Task<> finish() override {
    text_.swap(held_);
    held_.clear();
    if (chunked_) text_ += "0\r\n\r\n";
    auto written = co_await write();
    disarm();
    co_return written;
  }

 private:
  void append(std::string& out, std::string_view fields, std::string_view data) const {
    const std::size_t length = fields.size() + data.size() + 8;
    char size_line[24];
    const int n = chunked_ ? std::snprintf(size_line, sizeof size_line, "%zx\r\n", length) : 0;
    out.append(size_line, static_cast<std::size_t>(n));
    out.append(fields).append("data: ").append(data).append("\n\n");
    if (chunked_) out += "\r\n";
  }

  Task<> write() {
    // A write that was cut leaves half an event behind: nothing may follow it.
    if (broken_) co_return Error(Code::cancelled, "The event stream was cut");
    disarm();
    connection_.expire_after(connection_.shared_.options.write_stall);
    auto [error, n] = co_await connection_.stream_.write(asio::buffer(text_));
    connection_.disarm();
    if (error) {
      broken_ = true;
      connection_.keep_ = false;
      co_return Error(Code::cancelled, "The client is gone");
    }
    rest();
    co_return Status{};
  }
  void rest() noexcept { expire_after(connection_.shared_.options.heartbeat); }
  // Small and non-blocking: when the socket is full the client has enough to read.
  void on_expire() noexcept override {
    static constexpr std::string_view chunk = "8\r\n: ping\n\n\r\n", plain = ": ping\n\n";
    const std::string_view ping = chunked_ ? chunk : plain;
    const std::string_view out = held_.empty() ? ping : std::string_view(held_);
    const auto n = ::send(connection_.stream_.socket().native_handle(), out.data(), out.size(),
                          MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0) {
      if (static_cast<std::size_t>(n) < out.size()) connection_.close();
      held_.clear();
    }
    rest();
  }

  Connection& connection_;
  bool chunked_;
  bool broken_ = false;
  std::string text_, held_;
};

class Exchange final : public HttpExchange {
 public:
  explicit Exchange(Connection& connection) : c_(connection) {
    const ParsedHead& parsed = c_.parser_->head();
    head_.method = parsed.method;
    head_.target = parsed.target;
    const std::size_t mark = parsed.target.find('?');
    head_.path = head_.target.substr(0, mark);
    if (mark != std::string::npos) head_.query = head_.target.substr(mark + 1);
    head_.headers = &parsed.headers;
    head_.content_length = parsed.content_length;
    must_continue_ = parsed.expects_continue;
  }

  const HttpHead& head() const noexcept override { return head_; }
  std::string_view peer() const noexcept override { return c_.peer_; }
  bool started() const noexcept override { return started_; }

  Task<std::string> read_body() override {
    std::string body;
    if (head_.content_length) body.reserve(std::min<std::uint64_t>(*head_.content_length, reserve_limit));
    for (;;) {
      const std::string_view piece = SN_CO_TRY(co_await read_piece());
      if (piece.empty()) break;
      body += piece;
    }
    co_return body;
  }

  Task<std::string_view> read_piece() override {
    for (;;) {
      if (next_ < c_.pieces_.size()) co_return c_.pieces_[next_++];
      c_.pieces_.clear();
      next_ = 0;
      if (c_.parser_->done()) co_return std::string_view();
      if (must_continue_) SN_CO_TRY(co_await send_continue());
      auto more = co_await read_more();
      if (!more) {
        c_.keep_ = false;
        co_return std::move(more).error();
      }
    }
  }

  Task<> reply(int status, const Headers& headers, std::string_view body) override {
    started_ = true;
    if (!c_.parser_->done() || c_.shared_.draining) c_.keep_ = false;
    std::string head(status_line(status));
    append_headers(head, headers);
    head += "Content-Length: " + std::to_string(body.size()) +
            (c_.keep_ ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n");
    const bool head_only = head_.method == "HEAD";
    co_return co_await send({asio::buffer(head), asio::buffer(head_only ? body.substr(0, 0) : body)});
  }

  Task<std::unique_ptr<EventStream>> events(const Headers& headers) override {
    started_ = true;
    const bool chunked = !c_.parser_->head().http10;
    if (!chunked || !c_.parser_->done()) c_.keep_ = false;
    std::string head(status_line(200));
    head += "Content-Type: text/event-stream\r\nCache-Control: no-store\r\nX-Accel-Buffering: no\r\n";
    append_headers(head, headers);
    if (chunked) head += "Transfer-Encoding: chunked\r\n";
    head += c_.keep_ ? "\r\n" : "Connection: close\r\n\r\n";
    SN_CO_TRY(co_await send({asio::buffer(head)}));
    // A stream may live for hours: give back what only the request needed.
    std::string(c_.buffer_, c_.used_).swap(c_.buffer_);  // an assignment would keep the large block
    c_.used_ = 0;
    c_.pieces_ = {};
    co_return std::make_unique<Events>(c_, chunked);
  }

  Task<> until_gone(StopScope& scope, Task<> work) override {
    Gate& gate = *c_.gate_;
    Status done = {};
    {
      const Work running(c_.shared_, c_.gate_, scope);
      watch_peer(c_.gate_, c_.stream_.socket());
      done = co_await until_cut(gate, std::move(work));
    }
    if (!gate.cut) co_return done;
    co_await asio::this_coro::reset_cancellation_state();
    if (gate.gone) c_.keep_ = false;
    if (gate.gone) co_return Error(Code::cancelled, "The client is gone");
    auto over = scope.context().check();
    scope.stop();
    co_return over ? Error(Code::cancelled, "The call was cancelled") : std::move(over).error();
  }

 private:
  Task<> send(std::vector<asio::const_buffer> pieces) {
    if (!co_await c_.write(pieces)) co_return Error(Code::cancelled, "The client is gone");
    co_return Status{};
  }

  Task<> send_continue() {
    must_continue_ = false;
    static constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
    co_return co_await send({asio::buffer(text)});
  }

  Task<> read_more() {
    const TimePoint now = SteadyClock::now();
    if (body_bytes_ == 0) body_since_ = now;
    const auto spent = now - body_since_;
    if (spent > c_.shared_.options.body_least_rate_grace &&
        static_cast<double>(body_bytes_) < least_rate * std::chrono::duration<double>(spent).count())
      co_return Error(Code::invalid_request, "The body arrives too slowly (under 1 KiB per second)",
                      "Check the network, or send a smaller file");
    c_.expire_after(c_.shared_.options.body_pause);
    auto got = co_await c_.fill();
    c_.disarm();
    if (!got && c_.expired())
      co_return Error(Code::cancelled, "The client stopped sending in the middle of the body");
    if (!got) co_return std::move(got).error();
    for (auto piece : c_.pieces_) body_bytes_ += piece.size();
    co_return Status{};
  }

  Connection& c_;
  HttpHead head_;
  std::size_t next_ = 0;
  std::uint64_t body_bytes_ = 0;
  TimePoint body_since_;
  bool started_ = false, must_continue_ = false;
};

std::unique_ptr<HttpExchange> make_exchange(Connection& connection) {
  return std::make_unique<Exchange>(connection);
}

}  // namespace sensorium::net
