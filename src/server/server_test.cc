// The service on a socket: one worker with a real Service, asked over HTTP. No engine is needed for these.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "server/worker.h"

namespace sensorium::server {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() { start({}); }
  ~ServerTest() override { stop(); }

  void start(const std::string& more) {
    stop();
    auto config = parse_config(more, "test.toml", {});
    ASSERT_TRUE(config) << config.error().message;
    auto service = service::Service::create(std::move(*config));
    ASSERT_TRUE(service) << service.error().message;
    service_ = std::move(*service);
    shared_ = std::make_unique<GatewayShared>(*service_);
    worker_ = std::make_unique<Worker>(0, *shared_, net::HttpServerOptions{});
    worker_->start();
  }
  void stop() {
    worker_.reset();
    shared_.reset();
    service_.reset();
  }

  /// Everything that comes back for `request` on a connection of its own.
  std::string ask(std::string request) {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    worker_->adopt(ends[0], "test");
    ::send(ends[1], request.data(), request.size(), MSG_NOSIGNAL);
    ::shutdown(ends[1], SHUT_WR);
    std::string all;
    char bytes[8192];
    for (ssize_t n; (n = ::recv(ends[1], bytes, sizeof bytes, 0)) > 0;)
      all.append(bytes, static_cast<std::size_t>(n));
    ::close(ends[1]);
    return all;
  }
  std::string get(const std::string& path, const std::string& headers = {}) {
    return ask("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:7373\r\n" + headers + "\r\n");
  }
  std::string post(const std::string& path, const std::string& body, const std::string& headers = {}) {
    return ask("POST " + path + " HTTP/1.1\r\nHost: t\r\n" + headers +
               "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }

  std::unique_ptr<service::Service> service_;
  std::unique_ptr<GatewayShared> shared_;
  std::unique_ptr<Worker> worker_;
};

TEST_F(ServerTest, HealthTellsTheVersion) {
  const std::string reply = get("/health");
  EXPECT_THAT(reply, AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("x-request-id: req_"),
                           HasSubstr("Server-Timing: total;dur="),
                           HasSubstr(R"({"status":"healthy","service":"sensorium","version":")")));
}

TEST_F(ServerTest, RequestIdsAreTakenOrMade) {
  EXPECT_THAT(get("/livez", "X-Request-Id: abc-123\r\n"), HasSubstr("x-request-id: abc-123\r\n"));
  EXPECT_THAT(get("/livez", "X-Request-Id: a\"b\r\n"), HasSubstr("x-request-id: req_"));
  EXPECT_THAT(get("/livez", "X-Request-Id: " + std::string(200, 'x') + "\r\n"),
              HasSubstr("x-request-id: req_"));
}

TEST_F(ServerTest, ReadinessEndsWithTheDrain) {
  EXPECT_THAT(get("/readyz"), AllOf(StartsWith("HTTP/1.1 200 "), Not(HasSubstr("version"))));
  EXPECT_THAT(get("/readyz?verbose"), HasSubstr("\"requests_in_flight\":"));
  shared_->draining = true;
  EXPECT_THAT(get("/readyz"), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("Retry-After: 1\r\n")));
}

TEST_F(ServerTest, MetricsCountWhatWasAsked) {
  get("/nothing");
  EXPECT_THAT(
      get("/metrics"),
      AllOf(HasSubstr("Content-Type: text/plain; version=0.0.4"),
            HasSubstr("sensorium_request_duration_seconds_count{operation=\"none\",provider=\"\",model=\"\","
                      "outcome=\"not_found\"} 1\n")));
}

TEST_F(ServerTest, DescriptionsAndThePageAreServed) {
  EXPECT_THAT(get("/openapi.json"),
              AllOf(HasSubstr("\"/v1/analyze/upload\""), HasSubstr("\"#/components/schemas/Answer\"")));
  EXPECT_THAT(get("/schemas/answer-1.json"), HasSubstr("sensorium.answer/1"));
  EXPECT_THAT(get("/schemas/nothing"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(get("/"),
              AllOf(HasSubstr("Content-Security-Policy: default-src 'none'"), HasSubstr("<!doctype html>")));
}

TEST_F(ServerTest, ModelsAreListedAndFoundByName) {
  EXPECT_THAT(get("/v1/models"), AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("\"id\":\"reader\""),
                                       HasSubstr("\"object\":\"list\"")));
  EXPECT_THAT(get("/v1/models/reader"), HasSubstr("\"object\":\"model\""));
  EXPECT_THAT(get("/v1/models/no/such"),
              AllOf(StartsWith("HTTP/1.1 404 "), HasSubstr("\"code\":\"unknown_model\"")));
}

TEST_F(ServerTest, ErrorsHaveTheirStatusBodyAndHeaders) {
  EXPECT_THAT(get("/v2/x"), AllOf(StartsWith("HTTP/1.1 404 "), HasSubstr("\"code\":\"not_found\"")));
  EXPECT_THAT(get("/v1/analyze/image"), AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: POST\r\n")));
  EXPECT_THAT(post("/v1/analyze/image", "{}"),
              AllOf(StartsWith("HTTP/1.1 400 "), HasSubstr("\"param\":\"prompt\"")));
  EXPECT_THAT(post("/v1/analyze/image", "nonsense"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(post("/v1/analyze/upload", "x", "Content-Type: text/plain\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(post("/v1/estimate", "{}"),
              AllOf(StartsWith("HTTP/1.1 400 "), HasSubstr("\"param\":\"route\"")));
}

TEST_F(ServerTest, AStreamOfAnUnknownModelIsAPlainError) {
  EXPECT_THAT(
      post("/v1/analyze/image", R"({"prompt":"a","image_base64":"YQ==","model":"nobody/x","stream":true})"),
      AllOf(StartsWith("HTTP/1.1 404 "), HasSubstr("\"code\":\"unknown_model\"")));
}

TEST_F(ServerTest, AStreamThatFailsEndsWithAnErrorEvent) {
  const std::string reply =
      post("/v1/analyze/image", R"({"prompt":"a","image_base64":"YQ==","model":"reader","stream":true})");
  EXPECT_THAT(reply, AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("Sensorium-Stream-Id: st-"),
                           HasSubstr("event: error\nid: st-"), Not(HasSubstr("[DONE]"))));
}

TEST_F(ServerTest, PagesOfOtherOriginsAreRefused) {
  EXPECT_THAT(get("/v1/models", "Origin: https://evil.example\r\n"), StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(get("/health", "Origin: https://evil.example\r\n"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerTest, KeysAreAskedForOnceTheyAreConfigured) {
  const auto file = std::filesystem::temp_directory_path() / ("sensorium-key-" + std::to_string(::getpid()));
  std::ofstream(file) << "sk-alice-0123456789\n";
  start("[keys.alice]\nkey_file = \"" + file.string() + "\"\n");
  std::filesystem::remove(file);
  EXPECT_THAT(get("/v1/models"),
              AllOf(StartsWith("HTTP/1.1 401 "), HasSubstr("WWW-Authenticate: Bearer\r\n")));
  EXPECT_THAT(get("/v1/models", "x-api-key: sk-alice-0123456789\r\n"), StartsWith("HTTP/1.1 200 "));
  for (const std::string path : {"/health", "/livez", "/readyz", "/", "/openapi.json"})
    EXPECT_THAT(get(path), StartsWith("HTTP/1.1 200 ")) << path;
}

}  // namespace
}  // namespace sensorium::server
