// A small HTTP/1.1 server: keep-alive, pipelining, chunked bodies, Expect. A body stays where it was
// read; only large ones make the buffer grow, and it shrinks again afterwards.
#include "mock_upstream/session.h"

#include "common/http_text.h"

namespace sensorium::mock {
namespace {

constexpr std::string_view problem(int status) {
  switch (status) {
    case 413:
      return R"({"error":{"message":"the body is too large","type":"invalid_request_error","param":null,"code":null}})";
    case 431:
      return R"({"error":{"message":"the request head is too large","type":"invalid_request_error","param":null,"code":null}})";
    default:
      return R"({"error":{"message":"malformed HTTP request","type":"invalid_request_error","param":null,"code":null}})";
  }
}

awaitable<std::optional<Request>> refuse(Wire& wire, int status) {
  co_await send(wire, status, "application/json", "Connection: close\r\n", problem(status));
  co_return std::nullopt;
}

Request describe(const bench::Head& head, std::string_view text) {
  Request request;
  request.method = head.first;
  const auto mark = std::min(head.second.find('?'), head.second.size());
  request.path = head.second.substr(0, mark);
  request.query = head.second.substr(std::min(mark + 1, head.second.size()));
  request.content_type = head.get("content-type");
  request.authorization = head.get("authorization");
  request.mock = head.get("x-mock");
  request.head = text;
  request.close = head.third == "HTTP/1.0" || bench::equals_ignoring_case(head.get("connection"), "close");
  return request;
}

}  // namespace

void Session::make_room(std::size_t wanted) {
  if (begin_ == end_) begin_ = end_ = 0;
  if (begin_ > 0 && begin_ + wanted > buffer_.size()) {
    buffer_.erase(0, begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() < begin_ + wanted) buffer_.resize(begin_ + wanted);
}

awaitable<bool> Session::fill() {
  const auto count = co_await wire_->read(buffer_.data() + end_, buffer_.size() - end_);
  end_ += count;
  co_return count > 0;
}

/// Size of the head at the front of the buffer; 0 at the end of the connection or when too large.
awaitable<std::size_t> Session::find_head() {
  std::size_t scanned = 0;
  for (;;) {
    constexpr std::string_view mark = "\r\n\r\n";
    const auto at = pending().find(mark, scanned > mark.size() ? scanned - mark.size() : 0);
    if (at != std::string_view::npos) co_return at + mark.size();
    scanned = pending().size();
    if (scanned > largest_head) co_return 0;
    if (end_ == buffer_.size() || begin_ == end_) make_room(std::max(usual_buffer, scanned * 2));
    if (!co_await fill()) co_return 0;
  }
}

awaitable<bool> Session::read_sized(std::size_t total) {
  make_room(total);
  while (pending().size() < total)
    if (!co_await fill()) co_return false;
  co_return true;
}

/// Reads on after a head that was already taken off the buffer.
awaitable<bool> Session::read_chunked() {
  bench::ChunkedReader reader;
  chunked_body_.clear();
  using State = bench::ChunkedReader::State;
  while (reader.state() != State::done) {
    auto input = pending();
    for (auto piece = reader.next(input); !piece.empty(); piece = reader.next(input)) chunked_body_ += piece;
    begin_ = end_ - input.size();
    if (reader.state() == State::bad || chunked_body_.size() > service_.settings.max_body) co_return false;
    if (reader.state() == State::done) break;
    make_room(usual_buffer);
    if (!co_await fill()) co_return false;
  }
  co_return true;
}

awaitable<std::optional<Request>> Session::read_request() {
  if (begin_ == end_ && buffer_.size() > usual_buffer) {
    buffer_.resize(usual_buffer);
    buffer_.shrink_to_fit();
  }
  const auto head_size = co_await find_head();
  if (head_size == 0) {
    if (pending().size() > largest_head) co_return co_await refuse(*wire_, 431);
    co_return std::nullopt;
  }
  auto head = bench::parse_head(pending().substr(0, head_size));
  if (!head || !head->third.starts_with("HTTP/1.")) co_return co_await refuse(*wire_, 400);
  const auto length_text = head->get("content-length");
  const auto length = bench::parse_number(length_text.empty() ? "0" : length_text, 10, ~0ULL);
  if (!length) co_return co_await refuse(*wire_, 400);
  if (*length > service_.settings.max_body) co_return co_await refuse(*wire_, 413);
  const bool chunked = bench::equals_ignoring_case(head->get("transfer-encoding"), "chunked");
  if (bench::equals_ignoring_case(head->get("expect"), "100-continue"))
    co_await wire_->write("HTTP/1.1 100 Continue\r\n\r\n");
  if (chunked) {
    const std::string text(pending().substr(0, head_size));  // the buffer moves on under a chunked body
    begin_ += head_size;
    if (!co_await read_chunked()) co_return co_await refuse(*wire_, 400);
    chunked_body_.insert(0, text);
    const auto whole = std::string_view(chunked_body_);
    auto request = describe(*bench::parse_head(whole.substr(0, head_size)), whole.substr(0, head_size));
    request.body = whole.substr(head_size);
    co_return request;
  }
  if (!co_await read_sized(head_size + *length)) co_return std::nullopt;
  const auto text = pending().substr(0, head_size);
  head = bench::parse_head(text);  // the buffer may have moved
  auto request = describe(*head, text);
  request.body = pending().substr(head_size, *length);
  begin_ += head_size + *length;
  co_return request;
}

awaitable<void> Session::run() {
  for (;;) {
    const auto request = co_await read_request();
    if (!request) break;
    const bool go_on = co_await answer(service_, *wire_, *request);
    wire_->unwatch();
    if (!go_on || request->close) break;
  }
  wire_->close();
}

}  // namespace sensorium::mock
