// HttpParser: Beast's basic_parser with callbacks that keep views instead of building messages.
#include "net/http_parser.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/rfc7230.hpp>

namespace sensorium::net {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using ErrorCode = beast::error_code;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

template <bool isRequest>
class Push final : public http::basic_parser<isRequest> {
 public:
  ParsedHead head;
  std::vector<std::string_view>* body = nullptr;

 private:
  void on_request_impl(http::verb, beast::string_view method, beast::string_view target, int version,
                       ErrorCode&) override {
    head.method = view(method);
    head.target = view(target);
    head.http10 = version < 11;
  }
  void on_response_impl(int status, beast::string_view, int, ErrorCode&) override { head.status = status; }
  void on_field_impl(http::field, beast::string_view name, beast::string_view value, ErrorCode&) override {
    head.headers.emplace_back(view(name), view(value));
  }
  void on_header_impl(ErrorCode&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorCode&) override {
    if (length) head.content_length = *length;
  }
  std::size_t on_body_impl(beast::string_view piece, ErrorCode&) override {
    body->push_back(view(piece));
    return piece.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, ErrorCode&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view piece, ErrorCode&) override {
    body->push_back(view(piece));
    return piece.size();
  }
  void on_finish_impl(ErrorCode&) override {}
};

Error parse_error(const ErrorCode& error) {
  if (error == http::error::body_limit)
    return Error(Code::too_large, "The body is larger than this service accepts",
                 "Send a smaller file, or raise [server] max_body_mb");
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return Error(Code::too_large, "The request head is larger than 16 KiB", "Send fewer or shorter headers");
  if (error == http::error::partial_message || error == http::error::end_of_stream)
    return Error(Code::invalid_request, "The message ended before it was complete");
  return Error(Code::invalid_request, "This is not a well-formed HTTP/1.1 message: " + error.message(),
               "Check the client");
}

template <bool isRequest>
Result<std::size_t> put(Push<isRequest>& parser, std::string_view input,
                        std::vector<std::string_view>& body) {
  parser.body = &body;
  std::size_t used = 0;
  while (used < input.size() && !parser.is_done()) {
    ErrorCode error;
    const std::size_t n = parser.put(boost::asio::buffer(input.data() + used, input.size() - used), error);
    used += n;
    if (error == http::error::need_more) break;
    if (error) return parse_error(error);
    if (n == 0) break;
  }
  return used;
}

}  // namespace

struct HttpParser::Impl {
  std::optional<Push<true>> request;
  std::optional<Push<false>> response;
  bool head_seen = false;

  template <class F>
  decltype(auto) visit(F f) {
    return request ? f(*request) : f(*response);
  }
};

HttpParser::HttpParser(HttpKind kind, std::size_t head_limit, std::uint64_t body_limit)
    : impl_(std::make_unique<Impl>()) {
  if (kind == HttpKind::request) impl_->request.emplace();
  else impl_->response.emplace();
  impl_->visit([&](auto& p) {
    p.eager(true);
    p.header_limit(static_cast<std::uint32_t>(head_limit));
    p.body_limit(body_limit);
    p.head.headers.reserve(12);
    return 0;
  });
}
HttpParser::~HttpParser() = default;
HttpParser::HttpParser(HttpParser&&) noexcept = default;
HttpParser& HttpParser::operator=(HttpParser&&) noexcept = default;

Result<std::size_t> HttpParser::feed(std::string_view input, std::vector<std::string_view>& body) {
  auto used = impl_->visit([&](auto& p) { return put(p, input, body); });
  if (used && !impl_->head_seen && head_done()) {
    impl_->head_seen = true;
    ParsedHead& h = head();
    impl_->visit([&](auto& p) {
      h.keep_alive = p.keep_alive();
      h.chunked = p.chunked();
      return 0;
    });
    h.expects_continue = !find_header(h.headers, "expect").empty();
  }
  return used;
}

Status HttpParser::finish() {
  ErrorCode error;
  impl_->visit([&](auto& p) {
    p.put_eof(error);
    return 0;
  });
  if (error) return parse_error(error);
  return {};
}

bool HttpParser::head_done() const noexcept {
  return impl_->visit([](auto& p) { return p.is_header_done(); });
}
bool HttpParser::done() const noexcept {
  return impl_->visit([](auto& p) { return p.is_done(); });
}
bool HttpParser::has_body() const noexcept { return head_done() && !done(); }
ParsedHead& HttpParser::head() noexcept {
  return impl_->visit([](auto& p) -> ParsedHead& { return p.head; });
}

}  // namespace sensorium::net
