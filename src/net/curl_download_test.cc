// Downloads from a loopback server that cuts, lies, stalls, redirects and changes its mind.
#include "net/curl_download.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <thread>

#include "base/sha256.h"

namespace sensorium::net {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// Serves one file with ranges; `answer` may take a request over and say so by true.
class FileServer {
 public:
  explicit FileServer(std::string content) : content(std::move(content)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 16), 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~FileServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::string url(std::string_view path = "/file") const {
    return fmt::format("http://127.0.0.1:{}{}", port_, path);
  }

  std::string content, etag = "\"v1\"";
  std::function<bool(int socket, const std::string& head)> answer;
  std::vector<std::string> heads() {
    const std::lock_guard lock(mutex_);
    return heads_;
  }
  static void send(int socket, std::string_view bytes) {
    (void)::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  void serve(int socket, const std::string& head, std::size_t at_most = std::string::npos) const {
    std::size_t from = 0;
    const auto range = head.find("Range: bytes=");
    const bool same = !head.contains("If-Range: ") || head.contains("If-Range: " + etag);
    if (range != std::string::npos && same) from = std::stoul(head.substr(range + 13));
    if (from > content.size() || (from == content.size() && from > 0))
      return send(socket, "HTTP/1.1 416 no\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    const auto rest = std::string_view(content).substr(from);
    send(socket, fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\nETag: {}\r\nConnection: close\r\n{}\r\n",
                             from > 0 ? "206 part" : "200 OK", rest.size(), etag,
                             from > 0 ? fmt::format("Content-Range: bytes {}-{}/{}\r\n", from,
                                                    content.size() - 1, content.size())
                                      : ""));
    send(socket, rest.substr(0, at_most));
  }

 private:
  void run() {
    for (int socket; (socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0; ::close(socket)) {
      std::string head;
      char buffer[2048];
      for (ssize_t count;
           !head.contains("\r\n\r\n") && (count = ::recv(socket, buffer, sizeof buffer, 0)) > 0;)
        head.append(buffer, static_cast<std::size_t>(count));
      {
        const std::lock_guard lock(mutex_);
        heads_.push_back(head);
      }
      if (!answer || !answer(socket, head)) serve(socket, head);
    }
  }
  int listener_ = -1, port_ = 0;
  std::thread thread_;
  std::mutex mutex_;
  std::vector<std::string> heads_;
};

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 2654435761U >> 24);
  return bytes;
}

class DownloadTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto name = (std::filesystem::temp_directory_path() / "sn-download-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    for (const char* variable : {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"}) ::unsetenv(variable);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Download request(std::string_view path = "/file") {
    Download result;
    result.url = server_.url(path);
    result.path = folder_ / "model.gguf";
    result.pause = 1ms;
    return result;
  }
  std::string saved(const std::string& name = "model.gguf") const {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  bool exists(const std::string& name) const { return std::filesystem::exists(folder_ / name); }
  void write(const std::string& name, std::string_view bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }

  FileServer server_{pattern(300'000)};
  std::filesystem::path folder_;
  const CallContext ctx_ = CallContext().with_timeout(30s);
};

TEST_F(DownloadTest, SavesVerifiesAndReportsProgress) {
  auto wanted = request();
  wanted.bytes = 300'000;
  wanted.sha256 = sha256_hex(server_.content);
  std::int64_t last = 0, total = 0;
  wanted.progress = [&](std::int64_t done, std::int64_t all) {
    EXPECT_GE(done, last);
    last = done;
    total = all;
  };
  const auto done = download(ctx_, wanted);
  ASSERT_TRUE(done) << sentence(done.error());
  EXPECT_TRUE(done->verified);
  EXPECT_EQ(last, 300'000);
  EXPECT_EQ(total, 300'000);
  EXPECT_EQ(saved(), server_.content);
  EXPECT_FALSE(exists("model.gguf.part"));
  EXPECT_FALSE(exists("model.gguf.part.tag"));
}

TEST_F(DownloadTest, ACutConnectionIsTakenUpWhereItBroke) {
  std::atomic<int> cuts = 0;
  server_.answer = [&](int socket, const std::string& head) {
    if (++cuts > 3) return false;
    server_.serve(socket, head, 50'000);
    return true;
  };
  const auto done = download(ctx_, request());
  ASSERT_TRUE(done) << sentence(done.error());
  EXPECT_EQ(saved(), server_.content);
  EXPECT_EQ(done->sha256, sha256_hex(server_.content));
  EXPECT_FALSE(done->verified) << "nobody said what it should be";
  const auto heads = server_.heads();
  ASSERT_EQ(heads.size(), 4U);
  EXPECT_THAT(heads[3], HasSubstr("If-Range: \"v1\""));
}

TEST_F(DownloadTest, APartOfAnotherVersionIsNotContinued) {
  write("model.gguf.part", "bytes of an older version");
  write("model.gguf.part.tag", "\"v0\"");
  const auto done = download(ctx_, request());
  ASSERT_TRUE(done) << sentence(done.error());
  EXPECT_EQ(saved(), server_.content);
}

TEST_F(DownloadTest, APartOfUnknownVersionIsOnlyContinuedUnderADigest) {
  write("model.gguf.part", server_.content.substr(0, 1000));
  auto wanted = request();
  wanted.sha256 = sha256_hex(server_.content);
  ASSERT_TRUE(download(ctx_, wanted));
  EXPECT_THAT(server_.heads().front(), HasSubstr("Range: bytes=1000-"));
  write("model.gguf.part", "garbage");
  ASSERT_TRUE(download(ctx_, request()));
  EXPECT_EQ(saved(), server_.content);
}

TEST_F(DownloadTest, APartThatIsAlreadyWholeNeedsNoServer) {
  write("model.gguf.part", server_.content);
  auto wanted = request();
  wanted.bytes = 300'000;
  wanted.sha256 = sha256_hex(server_.content);
  ASSERT_TRUE(download(ctx_, wanted));
  EXPECT_TRUE(server_.heads().empty());
}

TEST_F(DownloadTest, APartThatIsTooLongStartsAgain) {
  write("model.gguf.part", server_.content + "and more");
  write("model.gguf.part.tag", "\"v1\"");
  const auto done = download(ctx_, request());
  ASSERT_TRUE(done) << sentence(done.error());
  EXPECT_EQ(saved(), server_.content);
}

TEST_F(DownloadTest, AWrongDigestOrSizeRemovesThePart) {
  auto wanted = request();
  wanted.sha256 = std::string(64, 'a');
  const auto digest = download(ctx_, wanted);
  ASSERT_FALSE(digest);
  EXPECT_EQ(digest.error().code, Code::upstream_protocol);
  EXPECT_THAT(digest.error().message, HasSubstr("SHA-256"));
  EXPECT_FALSE(exists("model.gguf"));
  EXPECT_FALSE(exists("model.gguf.part"));
  wanted = request();
  wanted.bytes = 1000;
  EXPECT_THAT(download(ctx_, wanted).error().message, HasSubstr("more than the 1000 bytes"));
  wanted.bytes = 400'000;
  wanted.attempts = 1;
  EXPECT_THAT(download(ctx_, wanted).error().message, HasSubstr("instead of 400000"));
}

TEST_F(DownloadTest, TheDigestOfLargeFileStorageIsHeldAgainstTheFile) {
  const auto redirect = [&](std::string_view digest) {
    return [this, digest = std::string(digest)](int socket, const std::string& head) {
      if (!head.starts_with("GET /from ")) return false;
      FileServer::send(
          socket,
          fmt::format(
              "HTTP/1.1 302 Found\r\nLocation: {}\r\nX-Linked-Etag: \"{}\"\r\nX-Linked-Size: 300000\r\n"
              "Content-Length: 0\r\nConnection: close\r\n\r\n",
              server_.url(), digest));
      return true;
    };
  };
  server_.answer = redirect(sha256_hex(server_.content));
  const auto done = download(ctx_, request("/from"));
  ASSERT_TRUE(done) << sentence(done.error());
  EXPECT_TRUE(done->verified);
  std::filesystem::remove(folder_ / "model.gguf");
  server_.answer = redirect(std::string(64, 'b'));
  EXPECT_EQ(download(ctx_, request("/from")).error().code, Code::upstream_protocol);
}

TEST_F(DownloadTest, RedirectsLeaveHttpForNothingElse) {
  write("secret", "of this machine");
  server_.answer = [&](int socket, const std::string&) {
    FileServer::send(socket,
                     fmt::format("HTTP/1.1 302 Found\r\nLocation: file://{}/secret\r\nContent-Length: 0\r\n"
                                 "Connection: close\r\n\r\n",
                                 folder_.string()));
    return true;
  };
  EXPECT_FALSE(download(ctx_, request()));
  EXPECT_FALSE(exists("model.gguf"));
  auto wanted = request();
  wanted.url = "file://" + (folder_ / "secret").string();
  EXPECT_EQ(download(ctx_, wanted).error().code, Code::invalid_request);
}

TEST_F(DownloadTest, StatusesAreTold) {
  std::atomic<int> status = 404;
  server_.answer = [&](int socket, const std::string&) {
    FileServer::send(
        socket,
        fmt::format("HTTP/1.1 {} no\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>", status.load()));
    return true;
  };
  EXPECT_EQ(download(ctx_, request()).error().code, Code::not_found);
  status = 403;
  EXPECT_EQ(download(ctx_, request()).error().code, Code::upstream_auth);
  status = 503;
  auto wanted = request();
  wanted.attempts = 3;
  const auto before = server_.heads().size();
  EXPECT_EQ(download(ctx_, wanted).error().code, Code::upstream_unavailable);
  EXPECT_EQ(server_.heads().size() - before, 3U);
  EXPECT_EQ(saved("model.gguf.part"), "") << "an error page is no part of the file";
}

TEST_F(DownloadTest, AStopLeavesThePartAndComesAtOnce) {
  server_.answer = [&](int socket, const std::string& head) {
    server_.serve(socket, head, 100'000);
    char byte;
    (void)::recv(socket, &byte, 1, 0);  // silence until the client goes
    return true;
  };
  std::stop_source source;
  auto wanted = request();
  TimePoint stopped;
  wanted.progress = [&](std::int64_t done, std::int64_t) {
    if (done == 100'000) {
      stopped = SteadyClock::now();
      source.request_stop();
    }
  };
  const auto done = download(CallContext("r", TimePoint::max(), source.get_token()), wanted);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::cancelled);
  EXPECT_LT(SteadyClock::now() - stopped, 1s);
  EXPECT_EQ(saved("model.gguf.part").size(), 100'000U);
  server_.answer = nullptr;
  ASSERT_TRUE(download(ctx_, request()));
  EXPECT_EQ(saved(), server_.content);
  EXPECT_THAT(server_.heads().back(), HasSubstr("Range: bytes=100000-"));
}

TEST_F(DownloadTest, SilenceIsATimeout) {
  server_.answer = [&](int socket, const std::string& head) {
    server_.serve(socket, head, 10);
    char byte;
    (void)::recv(socket, &byte, 1, 0);
    return true;
  };
  auto wanted = request();
  wanted.attempts = 1;
  wanted.stall = 200ms;
  EXPECT_EQ(download(ctx_, wanted).error().code, Code::upstream_timeout);
  EXPECT_EQ(download(CallContext().with_timeout(100ms), request()).error().code, Code::deadline_exceeded);
}

TEST_F(DownloadTest, NobodyThereAndNoFolder) {
  auto wanted = request();
  wanted.url = "http://127.0.0.1:1/file";
  wanted.attempts = 2;
  const auto nobody = download(ctx_, wanted);
  EXPECT_EQ(nobody.error().code, Code::upstream_unavailable);
  EXPECT_FALSE(nobody.error().hint.empty());
  wanted = request();
  wanted.path = folder_ / "no" / "folder" / "x";
  EXPECT_EQ(download(ctx_, wanted).error().code, Code::misconfigured);
}

TEST_F(DownloadTest, TwoAtOnceAreKeptApart) {
  std::atomic<bool> go = false;
  server_.answer = [&](int socket, const std::string& head) {
    server_.serve(socket, head, 1000);
    while (!go) std::this_thread::sleep_for(1ms);
    return true;
  };
  Result<Downloaded> first = Error(Code::internal, "not run");
  std::atomic<bool> moving = false;
  auto wanted = request();
  wanted.progress = [&](std::int64_t, std::int64_t) { moving = true; };
  std::thread other([&] { first = download(ctx_, wanted); });
  while (!moving) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(download(ctx_, request()).error().code, Code::overloaded);
  server_.answer = nullptr;
  go = true;
  other.join();
  EXPECT_TRUE(first) << (first ? "" : sentence(first.error()));
}

}  // namespace
}  // namespace sensorium::net
