// The clock is read once per read: all chunks of one read arrived then.
#include "loadgen/client.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "common/http_text.h"

namespace sensorium::bench {
namespace {

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t buffer_size = 16UL << 10;

std::int64_t unix_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

float microseconds(std::int64_t ns) { return static_cast<float>(static_cast<double>(ns) / 1e3); }

}  // namespace

Client::Client(asio::io_context& io, Run& run, int number)
    : run_(run),
      socket_(io),
      timer_(io),
      random_(static_cast<unsigned>(number) + 1),
      buffer_(buffer_size, '\0') {}

awaitable<void> Client::work(Clock::duration wait) {
  timer_.expires_after(wait);
  co_await timer_.async_wait(as_values);
  const bool counted = run_.settings.requests > 0;
  while (!run_.stop && (!counted || run_.left-- > 0)) co_await one();
  drop();
}

void Client::drop() {
  boost::system::error_code ignored;
  socket_.close(ignored);
  begin_ = end_ = 0;
}

void Client::expire(Clock::time_point now) {
  if (now < deadline_) return;
  timed_out_ = true;
  drop();
}

awaitable<bool> Client::connect() {
  if (socket_.is_open()) co_return true;
  const auto [error] = co_await socket_.async_connect(run_.target, as_values);
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(tcp::no_delay(true), ignored);
  co_return !error;
}

awaitable<bool> Client::send() {
  const std::string_view bytes = run_.request;
  boost::system::error_code failed;
  const auto done = socket_.write_some(asio::buffer(bytes), failed);
  if (failed && failed != asio::error::would_block) co_return false;
  if (done == bytes.size()) co_return true;
  const auto [error, count] =
      co_await asio::async_write(socket_, asio::buffer(bytes.substr(done)), as_values);
  co_return !error;
}

awaitable<bool> Client::fill() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ == buffer_.size() && begin_ > 0) {
    buffer_.erase(0, begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  buffer_.resize(std::max(buffer_.size(), buffer_size));
  const auto [error, count] =
      co_await socket_.async_read_some(asio::buffer(buffer_.data() + end_, buffer_.size() - end_), as_values);
  arrived_ns_ = unix_ns();
  end_ += count;
  co_return !error && count > 0;
}

awaitable<bool> Client::read_head(Exchange& exchange, std::int64_t& length, bool& chunked) {
  constexpr std::string_view mark = "\r\n\r\n";
  constexpr std::size_t largest = 64UL << 10;
  std::size_t at = pending().find(mark);
  for (; at == std::string_view::npos; at = pending().find(mark)) {
    if (pending().size() > largest || !co_await fill()) co_return false;
  }
  const auto head = parse_head(pending().substr(0, at + mark.size()));
  if (!head) co_return false;
  constexpr std::uint64_t largest_status = 999, largest_body = 1ULL << 40;
  exchange.status = static_cast<int>(parse_number(head->second, 10, largest_status).value_or(0));
  const auto stated = parse_number(head->get("content-length"), 10, largest_body);
  length = stated ? static_cast<std::int64_t>(*stated) : -1;
  chunked = equals_ignoring_case(head->get("transfer-encoding"), "chunked");
  exchange.keep = !equals_ignoring_case(head->get("connection"), "close");
  exchange.is_stream = head->get("content-type").starts_with("text/event-stream");
  begin_ += at + mark.size();
  co_return exchange.status > 0;
}

void Client::take(Exchange& exchange, std::string_view piece) {
  exchange.bytes += static_cast<std::int64_t>(piece.size());
  if (exchange.is_stream && run_.settings.stream) events_.feed(piece, arrived_ns_);
}

awaitable<bool> Client::read_sized(Exchange& exchange, std::int64_t length) {
  while (length != 0) {
    if (pending().empty() && !co_await fill()) co_return length < 0;  // without a length the end is the end
    const auto piece = length < 0 ? pending() : pending().substr(0, static_cast<std::size_t>(length));
    take(exchange, piece);
    begin_ += piece.size();
    if (length > 0) length -= static_cast<std::int64_t>(piece.size());
  }
  co_return true;
}

awaitable<bool> Client::read_chunked(Exchange& exchange) {
  ChunkedReader reader;
  using State = ChunkedReader::State;
  for (;;) {
    auto input = pending();
    for (auto piece = reader.next(input); !piece.empty(); piece = reader.next(input)) take(exchange, piece);
    begin_ = end_ - input.size();
    if (reader.state() == State::done) co_return true;
    if (reader.state() == State::bad || !co_await fill()) co_return false;
  }
}

void Client::arm_cancel() {
  cancelled_ = false;
  if (run_.settings.cancel_rate <= 0 ||
      std::uniform_real_distribution<>()(random_) >= run_.settings.cancel_rate)
    return;
  timer_.expires_after(std::chrono::duration_cast<Clock::duration>(
      run_.settings.cancel_within * std::uniform_real_distribution<>()(random_)));
  timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    cancelled_ = true;
    boost::system::error_code ignored;
    if (random_() % 2 == 0) socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    drop();
  });
}

awaitable<void> Client::one() {
  Exchange exchange;
  timed_out_ = false;
  const auto begin = Clock::now();
  const auto begin_ns = unix_ns();
  deadline_ = begin + std::chrono::duration_cast<Clock::duration>(run_.settings.timeout);
  events_.reset();
  std::int64_t length = -1;
  bool chunked = false;
  if (!co_await connect()) exchange.problem = "connect";
  if (exchange.problem.empty()) arm_cancel();
  if (exchange.problem.empty() && !co_await send()) exchange.problem = "send";
  if (exchange.problem.empty() && !co_await read_head(exchange, length, chunked)) exchange.problem = "head";
  if (exchange.problem.empty()) {
    if (!chunked && length < 0) exchange.keep = false;
    exchange.complete = chunked ? co_await read_chunked(exchange) : co_await read_sized(exchange, length);
    if (!exchange.complete) exchange.problem = "body";
  }
  if (run_.settings.cancel_rate > 0) timer_.cancel();
  deadline_ = Clock::time_point::max();
  if (!exchange.problem.empty() || !exchange.keep) drop();
  settle(exchange, begin, begin_ns);
  if (exchange.problem.empty() || cancelled_) co_return;
  constexpr std::chrono::milliseconds breath{2};
  timer_.expires_after(breath);
  co_await timer_.async_wait(as_values);
}

void Client::settle(const Exchange& exchange, Clock::time_point begin, std::int64_t begin_ns) {
  auto& tally = run_.tally;
  if (!tally.recording) return;
  if (cancelled_) {
    ++tally.cancelled;
    return;
  }
  if (exchange.status > 0) ++tally.by_status[exchange.status];
  tally.bytes += exchange.bytes;
  if (timed_out_) return tally.failed("timeout", "in " + exchange.problem);
  if (!exchange.problem.empty()) return tally.failed(exchange.problem, "the connection ended early");
  if (exchange.status / 100 != 2) return tally.failed("status", std::to_string(exchange.status));
  ++tally.ok;
  tally.latencies.push_back(microseconds((Clock::now() - begin).count()));
  if (exchange.is_stream && run_.settings.stream) settle_stream(exchange, begin_ns);
}

void Client::settle_stream(const Exchange&, std::int64_t begin_ns) {
  auto& tally = run_.tally;
  const auto& facts = events_.facts();
  tally.chunks += facts.chunks;
  if (!facts.done || facts.failed) ++tally.broken;
  const bool expected = run_.settings.expect_chunks < 0 || facts.next_number == run_.settings.expect_chunks;
  if (!facts.in_order || !expected || facts.result_differs) ++tally.text_wrong;
  if (facts.first_text_ns > 0) tally.first_texts.push_back(microseconds(facts.first_text_ns - begin_ns));
  if (!facts.lags.empty()) tally.first_lags.push_back(microseconds(facts.lags.front()));
  constexpr std::size_t most_lags = 10'000'000;
  for (const auto lag : facts.lags)
    if (tally.lags.size() < most_lags) tally.lags.push_back(microseconds(lag));
}

}  // namespace sensorium::bench
