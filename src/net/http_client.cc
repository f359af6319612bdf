// HttpClient: a pool of keep-alive connections per origin and one response reader on top of them.
// Surprising: a dropped HttpStream closes its connection unless its body was read to the end.
#include "net/http_client.h"

#include <algorithm>
#include <deque>
#include <map>

#include "base/base64.h"
#include "base/text.h"
#include "net/connector.h"
#include "net/http_parser.h"
#include "net/socket_limit.h"
#include "net/tape.h"

namespace sensorium::net {
namespace asio = boost::asio;
namespace {

constexpr std::size_t head_limit = 64UL << 10, least_read = 1UL << 10, most_read = 16UL << 10;
constexpr std::uint64_t no_body_limit = std::numeric_limits<std::uint64_t>::max();
constexpr std::chrono::seconds idle_lifetime{60};
constexpr std::size_t base64_window = 192UL << 10;  // a multiple of 3: windows join without padding

struct Pooled {
  std::unique_ptr<Stream> stream;
  TimePoint since;
};

}  // namespace

std::string_view find_header(const Headers& headers, std::string_view name) noexcept {
  for (const auto& [key, value] : headers)
    if (text::equal_ignoring_case(key, name)) return value;
  return {};
}

struct HttpClient::Impl {
  Impl(asio::io_context& io, HttpClientOptions given)
      : options(std::move(given)), watchdog(io), connector(io, watchdog, options) {}

  HttpClientOptions options;
  Watchdog watchdog;
  Connector connector;
  std::map<std::string, std::deque<Pooled>> pool;
  std::size_t idle = 0;

  std::unique_ptr<Stream> take(const std::string& origin) {
    auto found = pool.find(origin);
    if (found == pool.end()) return nullptr;
    const TimePoint now = SteadyClock::now();
    while (!found->second.empty()) {
      Pooled last = std::move(found->second.back());
      found->second.pop_back();
      --idle;
      if (now - last.since < idle_lifetime && last.stream->quiet()) return std::move(last.stream);
    }
    return nullptr;
  }

  void give_back(const std::string& origin, std::unique_ptr<Stream> stream) {
    auto& queue = pool[origin];
    if (queue.size() >= options.max_idle_per_origin) return;
    queue.push_back({std::move(stream), SteadyClock::now()});
    ++idle;
  }
};

namespace {

/// Reads one response; owns the connection meanwhile.
class Response final : public HttpStream {
 public:
  Response(std::function<void(std::unique_ptr<Stream>)> give_back, Watchdog& dog,
           std::unique_ptr<Stream> stream, const HttpTimeouts& timeouts)
      : give_back_(std::move(give_back)),
        stream_(std::move(stream)),
        limit_(dog, *stream_),
        timeouts_(timeouts),
        parser_(HttpKind::response, head_limit, no_body_limit) {}

  ~Response() override {
    if (finished_ && reusable_) release_now();
  }

  Stream& stream() noexcept { return *stream_; }
  SocketLimit& limit() noexcept { return limit_; }
  bool got_bytes() const noexcept { return got_bytes_; }

  Task<> read_head() {
    limit_.expire_after(timeouts_.first_byte);
    for (;;) {
      SN_CO_TRY(co_await fill());
      if (!parser_.head_done()) continue;
      if (parser_.head().status >= 200) break;
      // 1xx is a message of its own before the real one; what follows it may be in the buffer.
      const std::string rest(unparsed_);
      parser_ = HttpParser(HttpKind::response, head_limit, no_body_limit);
      pieces_.clear();
      buffer_ = rest;
      unparsed_ = buffer_;
      if (!rest.empty()) SN_CO_TRY(parse());
      if (parser_.head_done()) break;
    }
    limit_.expire_after(timeouts_.idle);
    reusable_ = parser_.head().keep_alive;
    settle();
    co_return Status{};
  }

  int status() const noexcept override { return const_cast<Response*>(this)->parser_.head().status; }
  const Headers& headers() const noexcept override {
    return const_cast<Response*>(this)->parser_.head().headers;
  }

  Task<std::string_view> read() override {
    for (;;) {
      if (next_piece_ < pieces_.size()) co_return pieces_[next_piece_++];
      if (finished_) co_return std::string_view();
      pieces_.clear();
      next_piece_ = 0;
      limit_.expire_after(timeouts_.idle);
      SN_CO_TRY(co_await fill());
      settle();
    }
  }

 private:
  Task<> fill() {
    buffer_.erase(0, buffer_.size() - unparsed_.size());
    const std::size_t kept = buffer_.size();
    // A stream of small events may stay open for hours: only what comes in bulk gets a large buffer.
    const std::size_t room = kept <= read_size_ / 2 ? read_size_ - kept : read_size_;
    buffer_.resize(kept + room);
    auto [error, n] = co_await stream_->read_some(asio::buffer(buffer_.data() + kept, room));
    buffer_.resize(kept + n);
    if (n == room) read_size_ = std::min(2 * read_size_, most_read);
    unparsed_ = buffer_;
    if (n > 0) got_bytes_ = true;
    if (error && n == 0) co_return ended(error);
    co_return parse();
  }

  Status parse() {
    auto used = parser_.feed(unparsed_, pieces_);
    if (!used)
      return Error(Code::upstream_protocol, "The engine did not answer in HTTP/1.1",
                   "Check base_url: it must point at an OpenAI-compatible server");
    unparsed_.remove_prefix(*used);
    return {};
  }

  Status ended(const boost::system::error_code& error) {
    reusable_ = false;
    if (limit_.expired())
      return Error(Code::upstream_timeout,
                   parser_.head_done() ? "The engine went silent in the middle of its answer"
                                       : "The engine did not begin to answer in time",
                   "Try again, or raise timeout_first_token_s or timeout_idle_s of this engine");
    if (error == asio::error::operation_aborted) return Error(Code::cancelled, "The call was cancelled");
    if (!parser_.head_done())
      return Error(Code::upstream_unavailable, "The engine closed the connection before it answered",
                   "Try again");
    if (parser_.finish()) {
      finished_ = true;
      return {};
    }
    return Error(Code::upstream_broken_stream, "The engine's answer was cut off", "Try again");
  }

  void settle() {
    if (!parser_.done()) return;
    finished_ = true;
    limit_.disarm();
  }

  void release_now() {
    if (!unparsed_.empty()) return;
    limit_.disarm();
    give_back_(std::move(stream_));
  }

  std::function<void(std::unique_ptr<Stream>)> give_back_;
  std::unique_ptr<Stream> stream_;
  SocketLimit limit_;
  HttpTimeouts timeouts_;
  HttpParser parser_;
  std::string buffer_;
  std::size_t read_size_ = least_read;
  std::string_view unparsed_;
  std::vector<std::string_view> pieces_;
  std::size_t next_piece_ = 0;
  bool got_bytes_ = false, finished_ = false, reusable_ = false;
};

std::string request_head(const HttpCall& call, const HttpRoute& route) {
  // Only a proxy that resolves the name itself gets the whole address; a tunnel ends at the server.
  const Proxy* proxy = route.proxy && route.addresses.empty() ? &*route.proxy : nullptr;
  std::size_t length = 0;
  for (const auto& piece : call.body)
    length += piece.form == BodyPiece::Form::base64 ? base64_size(piece.bytes.size()) : piece.bytes.size();
  std::string head;
  head.reserve(512);
  head.append(call.method).append(" ");
  if (proxy && !call.url.secure()) head += "http://" + call.url.host + ":" + call.url.port;
  head.append(call.url.target).append(" HTTP/1.1\r\nHost: ");
  if (call.url.scheme == "unix") head += "localhost";
  else head += call.url.host.find(':') == std::string::npos ? call.url.host : "[" + call.url.host + "]";
  const bool plain_port = call.url.port == (call.url.secure() ? "443" : "80") || call.url.scheme == "unix";
  if (!plain_port) head += ":" + call.url.port;
  head += "\r\n";
  if (length > 0 || call.method == "POST") head += "Content-Length: " + std::to_string(length) + "\r\n";
  if (proxy && !call.url.secure() && !proxy->authorization.empty())
    head += "Proxy-Authorization: " + proxy->authorization + "\r\n";
  for (const auto& [name, value] : call.headers) head.append(name).append(": ").append(value).append("\r\n");
  head += "\r\n";
  return head;
}

/// Writes the head and the plain pieces with one call each time, base64 window by window. A failure to
/// write is not told: the server may have answered already, which the reader finds out.
asio::awaitable<void> write_request(Stream& stream, SocketLimit& limit, std::string_view head,
                                    const HttpCall& call) {
  std::vector<asio::const_buffer> pending{asio::buffer(head)};
  std::string window;
  for (const auto& piece : call.body) {
    if (piece.form == BodyPiece::Form::plain) {
      pending.push_back(asio::buffer(piece.bytes));
      continue;
    }
    for (std::size_t at = 0; at < piece.bytes.size(); at += base64_window) {
      window.clear();
      base64_append(window, piece.bytes.substr(at, base64_window));
      pending.push_back(asio::buffer(window));
      limit.expire_after(call.timeouts.first_byte);
      const auto [error, n] = co_await stream.write(pending);
      if (error) co_return;
      pending.clear();
    }
  }
  limit.expire_after(call.timeouts.first_byte);
  if (!pending.empty()) co_await stream.write(pending);
}

}  // namespace

HttpClient::HttpClient(asio::io_context& io, HttpClientOptions options)
    : impl_(std::make_unique<Impl>(io, std::move(options))) {}
HttpClient::~HttpClient() = default;

std::size_t HttpClient::idle_connections() const noexcept { return impl_->idle; }

Task<std::unique_ptr<HttpStream>> HttpClient::open(const CallContext& ctx, const HttpCall& call) {
  return impl_->options.tape ? open_taped(ctx, call) : open_live(ctx, call);
}

Task<std::unique_ptr<HttpStream>> HttpClient::open_taped(const CallContext& ctx, const HttpCall& call) {
  const auto& tape = impl_->options.tape;
  Exchange exchange = Tape::begin(call);
  if (tape->mode() == Tape::Mode::replay) {
    auto take = SN_CO_TRY(tape->find(exchange));
    if (take->end == Exchange::End::failed) co_return recorded_failure(*take);
    co_return play(std::move(take));
  }
  const std::uint64_t number = tape->next_number();
  auto stream = co_await open_live(ctx, call);
  if (!stream) {
    exchange.end = Exchange::End::failed;
    exchange.error = facts(stream.error().code).name;
    exchange.message = stream.error().message;
    tape->keep(number, std::move(exchange));
    co_return std::move(stream).error();
  }
  co_return record(tape, number, std::move(exchange), std::move(*stream), secret_of(call));
}

Task<std::unique_ptr<HttpStream>> HttpClient::open_live(const CallContext& ctx, const HttpCall& call) {
  HttpRoute route;
  if (call.route) route = *call.route;
  else if (impl_->options.proxy_from_environment)
    route.proxy = SN_CO_TRY(choose_proxy(call.url, process_environment));
  const std::string origin = call.url.origin();
  const std::string head = request_head(call, route);
  for (bool may_repeat = !call.route;; may_repeat = false) {
    SN_CO_TRY(ctx.check());
    std::unique_ptr<Stream> stream = may_repeat ? impl_->take(origin) : nullptr;
    const bool reused = stream != nullptr;
    if (!stream)
      stream = SN_CO_TRY(co_await impl_->connector.connect(call.url, route, call.timeouts.connect));
    auto response = std::make_unique<Response>(
        [this, origin, pooled = !call.route](std::unique_ptr<Stream> s) {
          if (pooled) impl_->give_back(origin, std::move(s));
        },
        impl_->watchdog, std::move(stream), call.timeouts);
    co_await write_request(response->stream(), response->limit(), head, call);
    // A server may answer (413, 401) and close before it has read the whole body: read on.
    auto got_head = co_await response->read_head();
    if (got_head) co_return std::unique_ptr<HttpStream>(std::move(response));
    const bool stale =
        reused && !response->got_bytes() && got_head.error().code == Code::upstream_unavailable;
    if (!stale) co_return std::move(got_head).error();
  }
}

Task<HttpReply> HttpClient::send(const CallContext& ctx, const HttpCall& call, std::size_t max_body) {
  auto stream = SN_CO_TRY(co_await open(ctx, call));
  HttpReply reply{stream->status(), stream->headers(), {}};
  for (;;) {
    const std::string_view piece = SN_CO_TRY(co_await stream->read());
    if (piece.empty()) break;
    if (reply.body.size() + piece.size() > max_body)
      co_return Error(Code::upstream_protocol,
                      "The engine's answer is larger than " + text::human_bytes(max_body));
    reply.body += piece;
  }
  co_return reply;
}

}  // namespace sensorium::net
