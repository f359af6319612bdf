// Connector: resolve, connect, CONNECT, handshake; one time limit covers all four.
#include "net/connector.h"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>

#include "net/socket_limit.h"

namespace sensorium::net {
namespace asio = boost::asio;
namespace {

constexpr std::chrono::seconds name_lifetime{60};
constexpr std::size_t names_kept = 256;
constexpr std::size_t proxy_head_limit = 8192;

/// Closes a socket that is there already when time is up.
Error unreachable(const Url& url, std::string_view why) {
  const bool local = url.scheme == "unix" || is_loopback(url.host);
  return Error(Code::upstream_unavailable,
               "Cannot reach " + (url.scheme == "unix" ? std::string("the local engine") : url.origin()) +
                   ": " + std::string(why),
               local ? "Start that server, or correct its base_url"
                     : "Check the address, the network and the proxy settings");
}

Error timed_out(const Url& url) {
  return Error(Code::upstream_timeout, "No connection to " + url.origin() + " within the connect time-out",
               "Try again, or raise timeout_connect_s for this engine");
}

asio::awaitable<void> wait_until(TimePoint limit) {
  asio::steady_timer timer(co_await asio::this_coro::executor, limit);
  co_await timer.async_wait(as_result);
}

asio::ip::tcp::endpoint endpoint_of(const SocketAddress& address) {
  const auto& bytes = address.ip.bytes;
  if (address.ip.v6) return {asio::ip::address_v6(bytes), address.port};
  return {asio::ip::address_v4({bytes[0], bytes[1], bytes[2], bytes[3]}), address.port};
}

std::string tunnel_end(const Url& url, const HttpRoute& route) {
  if (route.addresses.empty()) return url.host + ":" + url.port;
  const SocketAddress& first = route.addresses.front();
  return (first.ip.v6 ? "[" + first.ip.text() + "]" : first.ip.text()) + ":" + std::to_string(first.port);
}

Task<> tunnel(Stream& stream, const Url& url, const HttpRoute& route) {
  const Proxy& proxy = *route.proxy;
  const std::string authority = tunnel_end(url, route);
  std::string head = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
  if (!proxy.authorization.empty()) head += "Proxy-Authorization: " + proxy.authorization + "\r\n";
  head += "\r\n";
  auto [error, sent] = co_await stream.write(asio::buffer(head));
  if (error) co_return unreachable(proxy.url, error.message());
  std::string answer;
  while (answer.find("\r\n\r\n") == std::string::npos) {
    char piece[1024];
    auto [failed, n] = co_await stream.read_some(asio::buffer(piece));
    if (failed || answer.size() + n > proxy_head_limit)
      co_return unreachable(proxy.url, "the proxy closed the connection");
    answer.append(piece, n);
  }
  if (answer.size() < 12 || answer.compare(9, 1, "2") != 0)
    co_return Error(Code::upstream_unavailable,
                    "The proxy refused a tunnel to " + authority + " (" + answer.substr(9, 3) + ")",
                    "Check the proxy's rules and credentials in HTTPS_PROXY");
  co_return Status{};
}

Task<> handshake(Stream& stream, const Url& url) {
  auto& tls = *stream.tls();
  SSL_set_tlsext_host_name(tls.native_handle(), url.host.c_str());
  tls.set_verify_mode(asio::ssl::verify_peer);
  tls.set_verify_callback(asio::ssl::host_name_verification(url.host));
  auto [error] = co_await tls.async_handshake(asio::ssl::stream_base::client, as_result);
  if (error)
    co_return Error(Code::upstream_unavailable,
                    "The TLS connection to " + url.origin() + " failed: " + error.message(),
                    "Check the address and the certificate; SSL_CERT_FILE names further authorities");
  co_return Status{};
}

}  // namespace

Task<Connector::Endpoints> Connector::resolve(const Url& url) {
  boost::system::error_code parse_error;
  const auto literal = asio::ip::make_address(url.host, parse_error);
  const auto port = static_cast<std::uint16_t>(std::atoi(url.port.c_str()));
  if (!parse_error) co_return Endpoints{{literal, port}};
  const std::string key = url.host + ":" + url.port;
  if (auto known = names_.find(key); known != names_.end() && known->second.until > SteadyClock::now())
    co_return known->second.endpoints;
  asio::ip::tcp::resolver resolver(io_);
  auto [error, found] = co_await resolver.async_resolve(url.host, url.port, as_result);
  if (error) co_return unreachable(url, "the name " + url.host + " does not resolve");
  Endpoints endpoints;
  for (const auto& entry : found) endpoints.push_back(entry.endpoint());
  if (names_.size() >= names_kept) names_.clear();
  names_[key] = {endpoints, SteadyClock::now() + name_lifetime};
  co_return endpoints;
}

Task<Socket> Connector::connect_socket(const Url& url, Endpoints known) {
  Socket socket(io_);
  if (url.scheme == "unix") {
    auto [error] = co_await socket.async_connect(asio::local::stream_protocol::endpoint(url.host), as_result);
    if (error) co_return unreachable(url, error.message());
    co_return socket;
  }
  const Endpoints endpoints = known.empty() ? SN_CO_TRY(co_await resolve(url)) : std::move(known);
  boost::system::error_code last;
  for (const auto& endpoint : endpoints) {
    Socket attempt(io_);
    auto [error] = co_await attempt.async_connect(endpoint, as_result);
    if (!error) {
      attempt.set_option(asio::ip::tcp::no_delay(true), last);
      co_return attempt;
    }
    last = error;
    if (error == asio::error::operation_aborted) break;
  }
  names_.erase(url.host + ":" + url.port);
  co_return unreachable(url, last.message());
}

Result<asio::ssl::context*> Connector::tls_context() {
  if (!tls_) {
    auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
    boost::system::error_code error;
    if (options_.ca_file.empty()) context->set_default_verify_paths(error);
    else context->load_verify_file(options_.ca_file, error);
    if (error)
      return Error(Code::misconfigured, "The certificate authorities cannot be read: " + error.message(),
                   "Install ca-certificates, or set SSL_CERT_FILE");
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
    tls_ = std::move(context);
  }
  return tls_.get();
}

Task<std::unique_ptr<Stream>> Connector::connect(const Url& url, const HttpRoute& route,
                                                 Milliseconds within) {
  Endpoints known;
  if (!route.proxy)
    for (const SocketAddress& address : route.addresses) known.push_back(endpoint_of(address));
  const TimePoint limit = SteadyClock::now() + within;
  using namespace asio::experimental::awaitable_operators;
  auto outcome =
      co_await (connect_socket(route.proxy ? route.proxy->url : url, std::move(known)) || wait_until(limit));
  if (outcome.index() == 1) co_return timed_out(url);
  Socket socket = SN_CO_TRY(std::get<0>(std::move(outcome)));
  std::unique_ptr<Stream> stream;
  if (url.secure()) stream = std::make_unique<Stream>(std::move(socket), *SN_CO_TRY(tls_context()));
  else stream = std::make_unique<Stream>(std::move(socket));
  SocketLimit rest(watchdog_, *stream);
  rest.expire_at(limit);
  // The tunnel speaks plain bytes on the socket below the TLS layer.
  if (route.proxy && (url.secure() || !route.addresses.empty())) {
    Stream plain(std::move(stream->socket()));
    SocketLimit plain_rest(watchdog_, plain);
    plain_rest.expire_at(limit);
    auto made = co_await tunnel(plain, url, route);
    stream->socket() = std::move(plain.socket());
    if (!made) co_return plain_rest.expired() ? timed_out(url) : std::move(made).error();
  }
  if (!url.secure()) co_return stream;
  auto shaken = co_await handshake(*stream, url);
  if (!shaken) co_return rest.expired() ? timed_out(url) : std::move(shaken).error();
  co_return stream;
}

}  // namespace sensorium::net
