// HttpServer against raw sockets: clients that keep, pipeline, cut, stall and leave.
#include "net/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <future>

#include "exec/guard.h"
#include "exec/shard.h"

namespace sensorium::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// The client's end of a socket pair; every read has a limit.
class Client {
 public:
  explicit Client(int fd) : fd_(fd) {
    const timeval limit{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  Client(Client&& other) noexcept : fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)) {}
  Client& operator=(Client&&) = delete;
  ~Client() { leave(); }

  void send(std::string_view text) { ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL); }
  void half_close() { ::shutdown(fd_, SHUT_WR); }
  void leave() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  /// All up to and with `mark`; what came when the connection ends first.
  std::string read_to(std::string_view mark) {
    for (;;) {
      if (const std::size_t found = buffer_.find(mark); found != std::string::npos)
        return take(found + mark.size());
      if (!more()) return take(buffer_.size());
    }
  }
  std::string read_bytes(std::size_t n) {
    while (buffer_.size() < n && more());
    return take(std::min(n, buffer_.size()));
  }
  struct Reply {
    std::string head, body;
  };
  Reply read_reply() {
    Reply reply{read_to("\r\n\r\n"), {}};
    const std::size_t at = reply.head.find("Content-Length: ");
    if (at != std::string::npos) reply.body = read_bytes(std::stoul(reply.head.substr(at + 16)));
    return reply;
  }
  /// What is left until the server closes.
  std::string read_to_end() {
    while (more());
    return take(buffer_.size());
  }

 private:
  std::string take(std::size_t n) {
    std::string text = buffer_.substr(0, n);
    buffer_.erase(0, n);
    return text;
  }
  bool more() {
    char bytes[4096];
    const ssize_t n = ::recv(fd_, bytes, sizeof bytes, 0);
    if (n > 0) buffer_.append(bytes, static_cast<std::size_t>(n));
    return n > 0;
  }
  int fd_;
  std::string buffer_;
};

class HttpServerTest : public ::testing::Test {
 protected:
  ~HttpServerTest() override {
    shard_.stop_now();
    shard_.join();
  }
  void serve(HttpHandler handler, HttpServerOptions options = {}) {
    server_ = std::make_unique<HttpServer>(shard_.io(), options, std::move(handler));
    shard_.start();
  }
  Client connect() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    on_shard([this, fd = ends[0]] { server_->adopt(fd, "test"); });
    return Client(ends[1]);
  }
  template <class F>
  void on_shard(F work) {
    std::promise<void> done;
    boost::asio::post(shard_.io(), [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  Shard shard_{0};
  std::unique_ptr<HttpServer> server_;
};

Task<> echo(HttpExchange& x) {
  const std::string body = SN_CO_TRY(co_await x.read_body());
  const std::string text = std::string(x.head().method) + " " + std::string(x.head().path) + " " + body;
  co_return co_await x.reply(200, {{"X", "y"}}, text);
}

Task<> reply_without_reading(HttpExchange& x) { co_return co_await x.reply(200, {}, "done"); }

Task<> wait_for_ever(CallContext ctx) { return sleep_for(std::move(ctx), std::chrono::hours(1)); }

TEST_F(HttpServerTest, ConnectionsAreKept) {
  serve(echo);
  Client client = connect();
  for (const std::string path : {"/a", "/b"}) {
    client.send("GET " + path + "?q=1 HTTP/1.1\r\nHost: t\r\n\r\n");
    const auto reply = client.read_reply();
    EXPECT_THAT(reply.head, StartsWith("HTTP/1.1 200 OK\r\nX: y\r\n"));
    EXPECT_THAT(reply.head, Not(HasSubstr("Connection: close")));
    EXPECT_EQ(reply.body, "GET " + path + " ");
  }
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  serve(echo);
  Client client = connect();
  client.send(
      "POST /1 HTTP/1.1\r\nContent-Length: 3\r\n\r\noneGET /2 HTTP/1.1\r\n\r\nPOST /3 "
      "HTTP/1.1\r\nContent-Le");
  EXPECT_EQ(client.read_reply().body, "POST /1 one");
  EXPECT_EQ(client.read_reply().body, "GET /2 ");
  client.send("ngth: 2\r\n\r\nzz");
  EXPECT_EQ(client.read_reply().body, "POST /3 zz");
}

TEST_F(HttpServerTest, BodiesMayComeInAnyPieces) {
  serve(echo);
  Client client = connect();
  const std::string request =
      "POST /c HTTP/1.1\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n10;x=y\r\n0123456789abcdef\r\n0\r\nT: t\r\n\r\n";
  for (int round = 0; round < 2; ++round) {
    for (const char byte : request) client.send({&byte, 1});
    EXPECT_EQ(client.read_reply().body, "POST /c abc0123456789abcdef");
  }
}

TEST_F(HttpServerTest, ExpectIsAnsweredOnceTheBodyIsWanted) {
  serve(echo);
  Client client = connect();
  client.send("POST /e HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read_to("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  EXPECT_EQ(client.read_reply().body, "POST /e ok");
}

TEST_F(HttpServerTest, HeadHasNoBody) {
  serve(echo);
  Client client = connect();
  client.send("HEAD /h HTTP/1.1\r\n\r\nGET /g HTTP/1.1\r\n\r\n");
  EXPECT_THAT(client.read_to("\r\n\r\n"), HasSubstr("Content-Length: 8\r\n"));
  EXPECT_EQ(client.read_reply().body, "GET /g ");
}

TEST_F(HttpServerTest, Http10IsClosedAfterItsReply) {
  serve(echo);
  Client client = connect();
  client.send("GET /old HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.read_to_end(), HasSubstr("GET /old "));
}

TEST_F(HttpServerTest, StatedLengthOverTheLimitIsRefusedAtOnce) {
  serve(echo, {.max_body = 10});
  Client client = connect();
  client.send("POST / HTTP/1.1\r\nContent-Length: 11\r\n\r\n");
  const auto reply = client.read_reply();
  EXPECT_THAT(reply.head, StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(reply.head, HasSubstr("x-request-id: req_"));
  EXPECT_THAT(reply.body, HasSubstr("\"code\":\"too_large\""));
  client.half_close();
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(HttpServerTest, BodyThatGrowsOverTheLimitIsAnErrorOfTheRead) {
  serve(
      [](HttpExchange& x) -> Task<> {
        auto body = co_await x.read_body();
        co_return co_await x.reply(body ? 200 : facts(body.error().code).http, {}, "");
      },
      {.max_body = 10});
  Client client = connect();
  client.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n01234567\r\n8\r\n01234567\r\n");
  EXPECT_THAT(client.read_reply().head, StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpServerTest, HeadOverTheLimitIsRefused) {
  serve(echo, {.max_head = 1024});
  Client client = connect();
  client.send("GET / HTTP/1.1\r\nX: " + std::string(2000, 'x'));
  EXPECT_THAT(client.read_reply().head, StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpServerTest, GarbageIsRefusedAndTheConnectionClosed) {
  serve(echo);
  for (const std::string garbage :
       {"\x16\x03\x01\x02", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef"}) {
    Client client = connect();
    client.send(garbage);
    client.half_close();
    const std::string all = client.read_to_end();
    EXPECT_THAT(all, testing::AnyOf(StartsWith("HTTP/1.1 400 "), testing::IsEmpty())) << garbage;
  }
}

TEST_F(HttpServerTest, ClientThatLeavesInMidBodyEndsTheRead) {
  std::promise<Code> code;
  serve([&code](HttpExchange& x) -> Task<> {
    auto body = co_await x.read_body();
    code.set_value(body ? Code::internal : body.error().code);
    co_return Status{};
  });
  {
    Client client = connect();
    client.send("POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf");
  }
  EXPECT_EQ(code.get_future().get(), Code::invalid_request);
}

TEST_F(HttpServerTest, SilenceInABodyIsCut) {
  serve(
      [](HttpExchange& x) -> Task<> {
        auto body = co_await x.read_body();
        if (!body) co_return std::move(body).error();
        co_return co_await x.reply(200, {}, "");
      },
      {.body_pause = Milliseconds(100)});
  Client client = connect();
  client.send("POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf");
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(HttpServerTest, SlowHeadsAndIdleConnectionsAreCut) {
  serve(echo, {.head_within = Milliseconds(100), .keep_alive = Milliseconds(100)});
  Client slow = connect(), idle = connect();
  slow.send("GET / HT");
  EXPECT_EQ(slow.read_to_end(), "");
  EXPECT_EQ(idle.read_to_end(), "");
  Client used = connect();
  used.send("GET /x HTTP/1.1\r\n\r\n");
  EXPECT_EQ(used.read_reply().body, "GET /x ");
  EXPECT_EQ(used.read_to_end(), "");
}

TEST_F(HttpServerTest, ClientThatTakesNothingIsDropped) {
  std::promise<bool> sent;
  serve(
      [&sent](HttpExchange& x) -> Task<> {
        auto done = co_await x.reply(200, {}, std::string(8UL << 20, 'x'));
        sent.set_value(done.has_value());
        co_return done;
      },
      {.write_stall = Milliseconds(100)});
  Client client = connect();
  client.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_FALSE(sent.get_future().get());
}

TEST_F(HttpServerTest, UnreadBodyEndsTheConnectionButNotTheReply) {
  serve(reply_without_reading);
  Client client = connect();
  client.send("POST / HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n" + std::string(50'000, 'x'));
  const auto reply = client.read_reply();
  EXPECT_THAT(reply.head, HasSubstr("Connection: close"));
  EXPECT_EQ(reply.body, "done");
  client.half_close();
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(HttpServerTest, HandlerThatFailsWithoutAReplyEndsTheConnection) {
  serve([](HttpExchange&) -> Task<> { co_return Error(Code::internal, "no"); });
  Client client = connect();
  client.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(HttpServerTest, TooManyConnectionsAreToldSo) {
  serve(echo, {.max_connections = 1});
  Client first = connect(), second = connect();
  EXPECT_THAT(second.read_to_end(), StartsWith("HTTP/1.1 503 "));
  first.send("GET /f HTTP/1.1\r\n\r\n");
  EXPECT_EQ(first.read_reply().body, "GET /f ");
}

// --- event streams

Task<> two_events(HttpExchange& x) {
  const auto events = SN_CO_TRY(co_await x.events({{"S", "1"}}));
  SN_CO_TRY(co_await events->send("id: 1\n", "{}"));
  SN_CO_TRY(co_await events->send("", "[DONE]"));
  co_return co_await events->finish();
}

TEST_F(HttpServerTest, EventStreamsAreChunkedAndTheConnectionGoesOn) {
  serve(two_events);
  Client client = connect();
  for (int round = 0; round < 2; ++round) {
    client.send("GET / HTTP/1.1\r\n\r\n");
    const std::string head = client.read_to("\r\n\r\n");
    EXPECT_THAT(head, HasSubstr("Content-Type: text/event-stream\r\n"));
    EXPECT_THAT(head, HasSubstr("Transfer-Encoding: chunked\r\n"));
    EXPECT_EQ(client.read_to("0\r\n\r\n"), "10\r\nid: 1\ndata: {}\n\n\r\ne\r\ndata: [DONE]\n\n\r\n0\r\n\r\n");
  }
}

TEST_F(HttpServerTest, Http10GetsAPlainEventStream) {
  serve(two_events);
  Client client = connect();
  client.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.read_to("\r\n\r\n"), Not(HasSubstr("chunked")));
  EXPECT_EQ(client.read_to_end(), "id: 1\ndata: {}\n\ndata: [DONE]\n\n");
}

TEST_F(HttpServerTest, HeldEventsGoWithTheNextInOrder) {
  serve([](HttpExchange& x) -> Task<> {
    const auto events = SN_CO_TRY(co_await x.events({}));
    events->hold("", "1");
    events->hold("", "2");
    SN_CO_TRY(co_await events->send("", "3"));
    events->hold("", "4");
    co_return co_await events->finish();
  });
  Client client = connect();
  client.send("GET / HTTP/1.0\r\n\r\n");
  client.read_to("\r\n\r\n");
  EXPECT_EQ(client.read_to_end(), "data: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\n");
}

TEST_F(HttpServerTest, HeldEventsGoAloneWhenNothingFollows) {
  serve([](HttpExchange& x) -> Task<> {
    const auto events = SN_CO_TRY(co_await x.events({}));
    events->hold("", "{}");
    StopScope scope{CallContext()};
    co_return co_await x.until_gone(scope, wait_for_ever(scope.context()));
  });
  Client client = connect();
  client.send("GET / HTTP/1.1\r\n\r\n");
  client.read_to("\r\n\r\n");
  EXPECT_EQ(client.read_to("\n\n\r\n"), "a\r\ndata: {}\n\n\r\n");
}

TEST_F(HttpServerTest, SilentStreamsGetPings) {
  serve(
      [](HttpExchange& x) -> Task<> {
        const auto events = SN_CO_TRY(co_await x.events({}));
        StopScope scope{CallContext()};
        co_return co_await x.until_gone(scope, wait_for_ever(scope.context()));
      },
      {.heartbeat = Milliseconds(50)});
  Client client = connect();
  client.send("GET / HTTP/1.1\r\n\r\n");
  client.read_to("\r\n\r\n");
  EXPECT_EQ(client.read_to(": ping\n\n\r\n"), "8\r\n: ping\n\n\r\n");
  EXPECT_EQ(client.read_to(": ping\n\n\r\n"), "8\r\n: ping\n\n\r\n");
}

// --- until_gone

class UntilGone : public HttpServerTest {
 protected:
  /// Replies with the code that until_gone() gave, or "ok".
  HttpHandler waiting(Milliseconds limit) {
    return [this, limit](HttpExchange& x) -> Task<> {
      StopScope scope{CallContext("id", SteadyClock::now() + limit, {})};
      inside_.set_value();
      auto done = co_await x.until_gone(scope, wait_for_ever(scope.context()));
      const std::string text(done ? "ok" : facts(done.error().code).name);
      outcome_.set_value(text);
      co_return co_await x.reply(200, {}, text);
    };
  }
  std::promise<void> inside_;
  std::promise<std::string> outcome_;
};

TEST_F(UntilGone, EndsWhenTheClientLeaves) {
  serve(waiting(std::chrono::hours(1)));
  Client client = connect();
  client.send("GET / HTTP/1.1\r\n\r\n");
  inside_.get_future().wait();
  client.leave();
  EXPECT_EQ(outcome_.get_future().get(), "cancelled");
}

TEST_F(UntilGone, EndsAtTheDeadline) {
  serve(waiting(Milliseconds(50)));
  Client client = connect();
  client.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.read_reply().body, "deadline_exceeded");
}

TEST_F(UntilGone, PipelinedBytesAreNoFarewell) {
  serve([](HttpExchange& x) -> Task<> {
    StopScope scope{CallContext()};
    SN_CO_TRY(co_await x.until_gone(scope, sleep_for(CallContext(), Milliseconds(50))));
    co_return co_await x.reply(200, {}, x.head().path);
  });
  Client client = connect();
  client.send("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.read_reply().body, "/1");
  client.send("GET /3 HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.read_reply().body, "/2");
  EXPECT_EQ(client.read_reply().body, "/3");
}

TEST_F(UntilGone, StopEndsRunningWorkAndTheReplyStillGoesOut) {
  serve(waiting(std::chrono::hours(1)));
  Client client = connect();
  client.send("GET / HTTP/1.1\r\n\r\n");
  inside_.get_future().wait();
  on_shard([this] { server_->stop(); });
  const auto reply = client.read_reply();
  EXPECT_EQ(reply.body, "cancelled");
  EXPECT_THAT(reply.head, HasSubstr("Connection: close"));
}

// --- the end

TEST_F(UntilGone, DrainClosesTheIdleAndWaitsForTheBusy) {
  serve(waiting(Milliseconds(300)));
  Client idle = connect(), busy = connect();
  busy.send("GET / HTTP/1.1\r\n\r\n");
  inside_.get_future().wait();
  on_shard([this] { server_->drain(); });
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_EQ(server_->in_flight(), 1U);
  EXPECT_EQ(busy.read_reply().body, "deadline_exceeded");
  EXPECT_EQ(busy.read_to_end(), "");
  Client late = connect();
  EXPECT_THAT(late.read_to_end(), StartsWith("HTTP/1.1 503 "));
}

TEST_F(UntilGone, CloseAllEndsEvenAClientInMidBody) {
  serve(echo);
  Client client = connect();
  client.send("POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf");
  on_shard([this] { server_->close_all(); });
  EXPECT_EQ(client.read_to_end(), "");
}

}  // namespace
}  // namespace sensorium::net
