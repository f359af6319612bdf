#include "workers/common/server.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <future>

namespace sensorium::worker {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Caller {
 public:
  explicit Caller(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~Caller() { hang_up(); }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  bool connected() const { return connected_; }
  void send(std::string_view text) {
    ASSERT_EQ(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL), std::ssize(text));
  }
  void hang_up() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  /// One reply, or what came before the connection ended.
  std::string reply() {
    std::string text;
    char piece[4096];
    for (;;) {
      const auto head = text.find("\r\n\r\n");
      const auto length = text.find("Content-Length: ");
      if (head != std::string::npos && length != std::string::npos &&
          text.size() >= head + 4 + std::stoul(text.substr(length + 16)))
        return text;
      const auto got = ::recv(fd_, piece, sizeof piece, 0);
      if (got <= 0) return text;
      text.append(piece, static_cast<std::size_t>(got));
    }
  }

 private:
  int fd_;
  bool connected_ = false;
};

class ServerTest : public testing::Test {
 protected:
  void SetUp() override {
    char folder[] = "/tmp/sn-worker-XXXXXX";
    ASSERT_NE(::mkdtemp(folder), nullptr);
    folder_ = folder;
    ServerOptions options;
    options.socket = folder_ + "/w.sock";
    options.key = "secret";
    options.max_connections = 3;
    options.read_timeout = Milliseconds(200);
    auto server = Server::listen(options);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  void TearDown() override {
    server_.reset();
    ::rmdir(folder_.c_str());
  }
  std::string path() const { return folder_ + "/w.sock"; }
  static std::string post(std::string_view body, std::string_view key = "secret") {
    return "POST /read HTTP/1.1\r\nAuthorization: Bearer " + std::string(key) +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
  }
  void echo() {
    server_->ready([](const Request& request) { return Reply{200, "\"" + *request.body + "\""}; });
  }

  std::string folder_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, SaysThatItLoadsUntilItIsReady) {
  Caller caller(path());
  caller.send("GET /health HTTP/1.1\r\n\r\n");
  EXPECT_THAT(caller.reply(), StartsWith("HTTP/1.1 503"));
  caller.send(post("x"));
  EXPECT_THAT(caller.reply(), StartsWith("HTTP/1.1 503"));
  echo();
  caller.send("GET /health HTTP/1.1\r\n\r\n");
  EXPECT_THAT(caller.reply(), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServerTest, AnswersSeveralRequestsOnOneConnection) {
  echo();
  Caller caller(path());
  caller.send(post("one") + post("two"));
  auto first = caller.reply();
  const auto both = first.find("\"two\"") == std::string::npos ? first + caller.reply() : first;
  EXPECT_THAT(both, HasSubstr("\"one\""));
  EXPECT_THAT(both, HasSubstr("\"two\""));
}

TEST_F(ServerTest, RefusesAWrongKey) {
  echo();
  Caller caller(path());
  caller.send(post("x", "wrong!"));
  EXPECT_THAT(caller.reply(), StartsWith("HTTP/1.1 401"));
}

TEST_F(ServerTest, RefusesNonsenseAndCloses) {
  echo();
  Caller caller(path());
  caller.send("hello\r\n\r\n");
  EXPECT_THAT(caller.reply(), StartsWith("HTTP/1.1 400"));
  EXPECT_EQ(caller.reply(), "");
}

TEST_F(ServerTest, DropsAHeadThatNeverEnds) {
  echo();
  Caller caller(path());
  caller.send("GET / HTTP/1.1\r\nA: " + std::string(20'000, 'x'));
  EXPECT_EQ(caller.reply(), "");
}

TEST_F(ServerTest, DropsABodyThatStopsComing) {
  echo();
  Caller caller(path());
  caller.send("POST /read HTTP/1.1\r\nAuthorization: Bearer secret\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(caller.reply(), "");
}

TEST_F(ServerTest, RefusesMoreCallersThanItHasRoomFor) {
  echo();
  Caller a(path()), b(path()), c(path());
  for (auto* caller : {&a, &b, &c}) {
    caller->send("GET /health HTTP/1.1\r\n\r\n");
    EXPECT_THAT(caller->reply(), StartsWith("HTTP/1.1 200"));
  }
  Caller fourth(path());
  EXPECT_THAT(fourth.reply(), StartsWith("HTTP/1.1 503"));
}

TEST_F(ServerTest, StopsTheWorkOfACallerWhoHungUp) {
  std::promise<void> begun, stopped;
  server_->ready([&](const Request& request) {
    std::promise<void> gone;
    const std::stop_callback on_stop(request.context.stop_token(), [&] { gone.set_value(); });
    begun.set_value();
    gone.get_future().wait();
    stopped.set_value();
    return Reply{200, "{}"};
  });
  Caller caller(path());
  caller.send(post("x"));
  begun.get_future().wait();
  caller.hang_up();
  EXPECT_EQ(stopped.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST_F(ServerTest, StopEndsRunningWorkAndWaiters) {
  std::promise<void> begun;
  server_->ready([&](const Request& request) {
    std::promise<void> gone;
    const std::stop_callback on_stop(request.context.stop_token(), [&] { gone.set_value(); });
    begun.set_value();
    gone.get_future().wait();
    return Reply{200, "{}"};
  });
  Caller caller(path());
  caller.send(post("x"));
  begun.get_future().wait();
  server_->stop();
  server_->wait();
  EXPECT_THAT(caller.reply(), StartsWith("HTTP/1.1 200"));
}

TEST(ServerListen, RefusesPathsThatCannotBeASocket) {
  for (const auto& path : {std::string(), std::string(200, 'x'), std::string("/nonexistent/folder/w.sock")}) {
    ServerOptions options;
    options.socket = path;
    const auto server = Server::listen(options);
    ASSERT_FALSE(server);
    EXPECT_EQ(server.error().code, Code::misconfigured);
  }
}

}  // namespace
}  // namespace sensorium::worker
