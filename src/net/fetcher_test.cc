// The media firewall at work: nothing forbidden is ever connected to, whatever it is called; what is allowed
// comes within its limits, and ends when it should.
#include "net/fetcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <fstream>

#include "exec/run_task.h"
#include "net/fetch_test_support.h"

namespace sensorium::net {
namespace {

using namespace std::chrono_literals;
using ::testing::AnyOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using testing::LoopbackServer;
using ::testing::StartsWith;

constexpr std::string_view public_address = "93.184.216.34";

class FetcherTest : public ::testing::Test {
 protected:
  FetcherTest() {
    names_.table["public.test"] = {{std::string(public_address)}};
    options_.environment = [this](const char* name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::nullopt : std::optional(found->second);
    };
    options_.reroute = [this](SocketAddress) { return server_.address(); };
  }

  Result<Fetched> fetch(FetchRequest request, const CallContext& ctx = {}) {
    if (request.max_bytes == 0) request.max_bytes = 1 << 20;
    boost::asio::io_context io(1);
    Fetcher fetcher(io, policy_, std::make_unique<testing::TableResolver>(names_), options_);
    return run_task(io, fetcher.fetch(ctx, request));
  }
  Result<Fetched> fetch(std::string url) { return fetch(FetchRequest{.url = std::move(url)}); }
  Error refused(std::string url) {
    const auto got = fetch(url);
    EXPECT_FALSE(got) << url;
    return got ? Error(Code::internal, "fetched") : got.error();
  }
  std::size_t requests() { return server_.heads().size(); }

  LoopbackServer server_;
  AddressPolicy policy_;
  testing::Names names_;
  FetcherOptions options_;
  std::map<std::string, std::string> variables_;
};

struct Case {
  std::string kind, text;
};

std::vector<Case> corpus() {
  std::ifstream file(SN_FETCH_CORPUS);
  std::vector<Case> cases;
  for (std::string line; std::getline(file, line);)
    if (!line.empty() && line[0] != '#') cases.push_back({line.substr(0, 3), line.substr(4)});
  return cases;
}

TEST_F(FetcherTest, NothingOfTheCorpusIsConnectedTo) {
  const auto cases = corpus();
  ASSERT_GE(cases.size(), 200U);
  names_.table["private.test"] = {{"10.0.0.1"}};
  for (const auto& [kind, text] : cases) {
    const std::size_t before = requests();
    std::size_t allowed = 0;  // requests to the public server that redirects
    std::string url = text;
    if (kind == "dns") {
      names_.table["rebound.test"] = {{text}};
      url = "http://rebound.test/a.jpg";
    } else if (kind == "hop") {
      server_.answer_with(LoopbackServer::redirect(text));
      url = "http://public.test/a.jpg";
      allowed = text == "/again" || text == "?loop" ? 6 : 1;
    }
    const Error error = refused(url);
    EXPECT_THAT(error.code, AnyOf(Eq(Code::fetch_refused), Eq(Code::invalid_request), Eq(Code::fetch_failed)))
        << kind << ' ' << text;
    EXPECT_FALSE(error.message.empty() || error.hint.empty()) << kind << ' ' << text;
    EXPECT_EQ(requests() - before, allowed) << kind << ' ' << text << " got through";
  }
}

TEST_F(FetcherTest, PublicHostsAreNotRefused) {
  const std::pair<std::string_view, std::string_view> hosts[] = {
      {"example.com", "93.184.216.34"},
      {"upload.wikimedia.org", "208.80.154.240"},
      {"images.unsplash.com", "151.101.1.208"},
      {"i.imgur.com", "199.232.24.193"},
      {"raw.githubusercontent.com", "185.199.108.133"},
      {"cdn.discordapp.com", "162.159.130.233"},
      {"storage.googleapis.com", "142.250.185.123"},
      {"bucket.s3.eu-central-1.amazonaws.com", "3.5.134.1"},
      {"account.blob.core.windows.net", "20.60.40.4"},
      {"img.alicdn.com", "47.246.2.1"},
      {"bucket.oss-cn-hangzhou.aliyuncs.com", "118.31.219.1"},
      {"p1.music.126.net", "183.131.26.1"},
      {"localhost.example.com", "104.16.0.1"},
      {"10.0.0.1.example.com", "104.16.0.2"},
      {"127.0.0.1.nip.example", "104.16.0.3"},
      {"metadata.example.com", "104.16.0.4"},
      {"0x7f.example.com", "104.16.0.5"},
      {"169-254-169-254.example.com", "104.16.0.6"},
      {"xn--fiq228c.xn--fiqs8s", "101.1.2.3"},
      {"under_score.example.com", "8.8.8.8"},
      {"a.b.c.d.e.f.g.example.com", "11.22.33.44"},
      {"one-char.x", "100.128.0.1"},
      {"edge.example", "172.32.0.1"},
      {"near.example", "192.169.0.1"},
      {"next.example", "169.255.1.1"},
      {"six.example", "2606:4700:4700::1111"},
      {"google.example", "2a00:1450:4001:82b::200e"},
      {"aws.example", "2600:1f18::1"},
      {"nat64.example", "64:ff9b::8.8.8.8"},
      {"mapped.example", "::ffff:9.9.9.9"},
      {"1e100.net.", "216.58.206.1"},
  };
  for (const auto& [host, address] : hosts) {
    std::string name(host);
    if (name.ends_with('.')) name.pop_back();
    names_.table[name] = {{std::string(address)}};
    for (const char* suffix : {"", ":8080"}) {
      const auto got = fetch(fmt::format("http://{}{}/a.jpg?x=1#y", host, suffix));
      ASSERT_TRUE(got) << host << ": " << sentence(got.error());
      EXPECT_EQ(*got->bytes, "picture");
    }
  }
  EXPECT_TRUE(fetch("http://93.184.216.34/"));
  EXPECT_TRUE(fetch("http://[2606:4700:4700::1111]/"));
}

TEST_F(FetcherTest, ANameIsResolvedOnceAndItsAddressPinned) {
  // The classical rebinding: a public address for the check, then a private one for the connection.
  names_.table["rebound.test"] = {{std::string(public_address)}, {"127.0.0.1"}};
  std::vector<SocketAddress> dialled;
  options_.reroute = [&](SocketAddress to) {
    dialled.push_back(to);
    return server_.address();
  };
  ASSERT_TRUE(fetch("http://rebound.test/a.jpg"));
  EXPECT_EQ(names_.asked.size(), 1U);
  EXPECT_EQ(dialled, (std::vector<SocketAddress>{{*IpAddress::parse(public_address), 80}}));
  EXPECT_THAT(server_.heads().back(), HasSubstr("\r\nHost: rebound.test\r\n"));
  EXPECT_EQ(refused("http://rebound.test/a.jpg").code, Code::fetch_refused) << "now it is private";
  EXPECT_EQ(requests(), 1U);
}

TEST_F(FetcherTest, RebindingBetweenRedirectsIsSeen) {
  names_.table["rebound.test"] = {{std::string(public_address)}, {"169.254.169.254"}};
  server_.answer_with(LoopbackServer::redirect("/next"));
  const Error error = refused("http://rebound.test/a.jpg");
  EXPECT_EQ(error.code, Code::fetch_refused);
  EXPECT_THAT(error.message, HasSubstr("metadata"));
  EXPECT_EQ(requests(), 1U);
}

TEST_F(FetcherTest, OnePrivateAddressAmongPublicOnesRefusesAll) {
  names_.table["mixed.test"] = {{std::string(public_address), "10.0.0.1"}};
  EXPECT_EQ(refused("http://mixed.test/").code, Code::fetch_refused);
  names_.table["mixed.test"] = {{std::string(public_address), "2606:4700::1"}};
  EXPECT_TRUE(fetch("http://mixed.test/"));
  EXPECT_EQ(requests(), 1U);
}

TEST_F(FetcherTest, FiveRedirectsAndNotSix) {
  server_.answer_with([](int socket, const std::string& head) {
    const int n = head[5] - '0';
    constexpr int kinds[] = {301, 302, 303, 307, 308};
    LoopbackServer::send(socket, n == 0 ? LoopbackServer::ok("there", "Content-Type: Image/PNG; a=b\r\n")
                                        : LoopbackServer::redirect(std::to_string(n - 1), kinds[n % 5]));
  });
  const auto got = fetch("http://public.test/5");
  ASSERT_TRUE(got) << sentence(got.error());
  EXPECT_EQ(*got->bytes, "there");
  EXPECT_EQ(got->head.url, "http://public.test:80/0");
  EXPECT_EQ(got->head.mime, "image/png");
  EXPECT_EQ(requests(), 6U);
  EXPECT_THAT(refused("http://public.test/6").message, HasSubstr("more than 5 redirects"));
  server_.answer_with("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n");
  EXPECT_THAT(refused("http://public.test/").message, HasSubstr("nowhere"));
}

TEST_F(FetcherTest, TheLimitOfBytes) {
  const std::string body(1000, 'x');
  server_.answer_with(LoopbackServer::ok(body));
  EXPECT_TRUE(fetch({.url = "http://public.test/", .max_bytes = 1000}));
  EXPECT_EQ(fetch({.url = "http://public.test/", .max_bytes = 999}).error().code, Code::too_large);
  // Told by the head alone: the body never comes.
  server_.answer_with([](int socket, const std::string&) {
    LoopbackServer::send(socket, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
    LoopbackServer::hold(socket);
  });
  EXPECT_EQ(fetch({.url = "http://public.test/", .max_bytes = 999}).error().code, Code::too_large);
  // Endless, without a length: cut where it passes the limit, and the connection is closed.
  static std::atomic<std::size_t> sent = 0;  // the server may still be counting when the test has ended
  server_.answer_with([](int socket, const std::string&) {
    LoopbackServer::send(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = "8000\r\n" + std::string(0x8000, 'x') + "\r\n";
    while (::send(socket, chunk.data(), chunk.size(), MSG_NOSIGNAL) > 0) sent += 0x8000;
  });
  EXPECT_EQ(fetch({.url = "http://public.test/", .max_bytes = 100'000}).error().code, Code::too_large);
  EXPECT_LT(sent, 32U << 20) << "what the sockets' buffers hold and no more";
}

TEST_F(FetcherTest, NeverMoreMemoryThanTheLimit) {
  server_.answer_with([](int socket, const std::string&) {
    LoopbackServer::send(socket, "HTTP/1.0 200 OK\r\n\r\n");
    for (int i = 0; i < 90; ++i) LoopbackServer::send(socket, std::string(1000, 'x'));
  });
  const auto got = fetch({.url = "http://public.test/", .max_bytes = 90'000});
  ASSERT_TRUE(got) << sentence(got.error());
  EXPECT_EQ(got->bytes->size(), 90'000U);
  EXPECT_LE(got->bytes->capacity(), 90'000U);
}

TEST_F(FetcherTest, SilenceAtEachStage) {
  FetchRequest request{.url = "http://public.test/"};
  request.limits = {.connect = 5s, .first_byte = 200ms, .idle = 200ms, .total = 5s};
  const auto begin = SteadyClock::now();
  server_.answer_with([](int socket, const std::string&) { LoopbackServer::hold(socket); });
  EXPECT_THAT(fetch(request).error().message, HasSubstr("silent"));
  server_.answer_with([](int socket, const std::string&) {
    LoopbackServer::send(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
    LoopbackServer::hold(socket);
  });
  const auto idle = fetch(request);
  EXPECT_EQ(idle.error().code, Code::fetch_failed);
  EXPECT_THAT(idle.error().message, HasSubstr("silent"));
  // A byte now and then keeps it from being idle, but not for ever.
  request.limits.total = 500ms;
  server_.answer_with([](int socket, const std::string&) {
    LoopbackServer::send(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    while (::send(socket, "x", 1, MSG_NOSIGNAL) > 0) std::this_thread::sleep_for(50ms);
  });
  const auto slow = fetch(request);
  EXPECT_EQ(slow.error().code, Code::fetch_failed);
  EXPECT_THAT(slow.error().message, HasSubstr("too long"));
  EXPECT_LT(SteadyClock::now() - begin, 5s);
}

TEST_F(FetcherTest, TheCallersDeadlineIsTheCallers) {
  server_.answer_with([](int socket, const std::string&) { LoopbackServer::hold(socket); });
  EXPECT_EQ(fetch({.url = "http://public.test/"}, CallContext().with_timeout(100ms)).error().code,
            Code::deadline_exceeded);
  names_.hang = true;
  EXPECT_EQ(fetch({.url = "http://public.test/"}, CallContext().with_timeout(100ms)).error().code,
            Code::deadline_exceeded);
}

TEST_F(FetcherTest, AStopEndsItAtOnce) {
  for (const bool hang : {false, true}) {
    names_.hang = hang;
    std::stop_source source;
    std::atomic<bool> there = false;
    server_.answer_with([&](int socket, const std::string&) {
      LoopbackServer::send(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc");
      there = true;
      LoopbackServer::hold(socket);
    });
    TimePoint stopped;
    std::thread stopper([&] {
      for (int i = 0; !hang && !there && i < 5000; ++i) std::this_thread::sleep_for(1ms);
      std::this_thread::sleep_for(20ms);
      stopped = SteadyClock::now();
      source.request_stop();
    });
    const auto got =
        fetch({.url = "http://public.test/"}, CallContext("r", TimePoint::max(), source.get_token()));
    const auto late = SteadyClock::now() - stopped;
    stopper.join();
    EXPECT_EQ(got.error().code, Code::cancelled);
    EXPECT_LT(late, 100ms);
  }
}

TEST_F(FetcherTest, PartsOfAFile) {
  const std::string content = "0123456789abcdefghij";
  server_.answer_with([&](int socket, const std::string& head) {
    const auto at = head.find("Range: bytes=");
    ASSERT_NE(at, std::string::npos);
    const auto first = std::stoul(head.substr(at + 13));
    const auto last = std::min(std::stoul(head.substr(head.find('-', at + 13) + 1)), content.size() - 1);
    LoopbackServer::send(
        socket,
        fmt::format("HTTP/1.1 206 Partial Content\r\nContent-Length: {}\r\nETag: \"v\"\r\n"
                    "Content-Range: bytes {}-{}/{}\r\n\r\n{}",
                    last - first + 1, first, last, content.size(), content.substr(first, last - first + 1)));
  });
  const auto part = [&](std::int64_t first, std::int64_t count) {
    return fetch({.url = "http://public.test/", .range = ByteRange{first, count}});
  };
  auto got = part(5, 7);
  ASSERT_TRUE(got) << sentence(got.error());
  EXPECT_EQ(*got->bytes, "56789ab");
  EXPECT_EQ(got->head.total, 20);
  EXPECT_EQ(got->head.validator, "\"v\"");
  EXPECT_EQ(*part(15, 100)->bytes, "fghij");
  // A server without ranges sends all: fine for the beginning, and only as much is taken.
  server_.answer_with(LoopbackServer::ok(content));
  EXPECT_EQ(*part(0, 4)->bytes, "0123");
  EXPECT_THAT(part(5, 7).error().message, HasSubstr("part of a file"));
  server_.answer_with("HTTP/1.1 206 P\r\nContent-Length: 3\r\nContent-Range: bytes 0-2/20\r\n\r\n012");
  EXPECT_THAT(part(5, 3).error().message, HasSubstr("part of a file")) << "another part than asked for";
  server_.answer_with("HTTP/1.1 416 No\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(part(500, 3).error().code, Code::fetch_failed);
}

TEST_F(FetcherTest, AsAStreamWithinTheLimit) {
  server_.answer_with(LoopbackServer::ok(std::string(300'000, 'x')));
  boost::asio::io_context io(1);
  Fetcher fetcher(io, policy_, std::make_unique<testing::TableResolver>(names_), options_);
  const auto read_all = [&]() -> Task<std::int64_t> {
    const auto stream =
        SN_CO_TRY(co_await fetcher.open({}, {.url = "http://public.test/", .max_bytes = 300'000}));
    EXPECT_EQ(stream->head().length, 300'000);
    std::int64_t bytes = 0;
    for (;;) {
      const auto piece = SN_CO_TRY(co_await stream->read());
      if (piece.empty()) co_return bytes;
      bytes += static_cast<std::int64_t>(piece.size());
    }
  };
  EXPECT_EQ(run_task(io, read_all()).value(), 300'000);
}

TEST_F(FetcherTest, RepliesThatAreNone) {
  const std::pair<std::string, std::string_view> cases[] = {
      {"", "closed"},
      {"SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", "cut off"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", "HTTP/1.1"},
      {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "404"},
      {"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "500"},
      {"HTTP/1.1 204 No Content\r\n\r\n", "204"},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n", "HTTP/1.1"},
  };
  for (const auto& [reply, message] : cases) {
    server_.answer_with(reply);
    const Error error = refused("http://public.test/secret.jpg?key=hidden");
    EXPECT_EQ(error.code, Code::fetch_failed) << reply.substr(0, 60);
    EXPECT_THAT(error.message, HasSubstr(std::string(message)));
    EXPECT_THAT(error.message, ::testing::Not(HasSubstr("hidden"))) << "a query may hold a key";
    EXPECT_THAT(error.message + error.hint, ::testing::Not(HasSubstr("engine")));
  }
  EXPECT_THAT(refused("http://unknown.test/").message, HasSubstr("does not resolve"));
  names_.table["nobody.test"] = {{}};
  EXPECT_EQ(refused("http://nobody.test/").code, Code::fetch_failed);
  options_.reroute = [](SocketAddress) { return SocketAddress{*IpAddress::parse("127.0.0.1"), 1}; };
  EXPECT_EQ(refused("http://public.test/").code, Code::fetch_failed);
}

TEST_F(FetcherTest, ThroughAProxyToTheCheckedAddress) {
  options_.reroute = nullptr;
  variables_["http_proxy"] = fmt::format("http://me:secret@127.0.0.1:{}", server_.port());
  server_.answer_with([](int socket, const std::string& head) {
    if (!head.starts_with("CONNECT ")) return LoopbackServer::send(socket, LoopbackServer::ok("by name"));
    LoopbackServer::send(socket, "HTTP/1.1 200 Connected\r\n\r\n");
    char buffer[2048];
    const auto n = ::recv(socket, buffer, sizeof buffer, 0);
    const std::string inner(buffer, static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    LoopbackServer::send(socket, LoopbackServer::ok(inner.substr(0, inner.find('\r'))));
  });
  auto got = fetch("http://public.test/a.jpg");
  ASSERT_TRUE(got) << sentence(got.error());
  EXPECT_EQ(*got->bytes, "GET /a.jpg HTTP/1.1");
  EXPECT_THAT(server_.heads().back(), StartsWith("CONNECT 93.184.216.34:80 HTTP/1.1\r\n"));
  EXPECT_THAT(server_.heads().back(), HasSubstr("Proxy-Authorization: Basic "));
  names_.table["rebound.test"] = {{"10.0.0.1"}};
  EXPECT_EQ(refused("http://rebound.test/").code, Code::fetch_refused);
  EXPECT_EQ(requests(), 1U);
  // Trusted, the proxy resolves names itself; what can be seen without resolving is refused all the same.
  options_.proxy = ProxyUse::trust;
  names_.table.clear();
  got = fetch("http://far.test/a.jpg");
  ASSERT_TRUE(got) << sentence(got.error());
  EXPECT_THAT(server_.heads().back(), StartsWith("GET http://far.test:80/a.jpg HTTP/1.1\r\n"));
  EXPECT_EQ(refused("http://10.0.0.1/").code, Code::fetch_refused);
  options_.proxy = ProxyUse::never;
  EXPECT_THAT(refused("http://far.test/a.jpg").message, HasSubstr("does not resolve"));
  options_.proxy = ProxyUse::tunnel;
  variables_["no_proxy"] = "public.test";
  names_.table["public.test"] = {{std::string(public_address)}};
  options_.reroute = [this](SocketAddress) { return server_.address(); };
  server_.answer_with(LoopbackServer::ok("direct"));
  EXPECT_EQ(*fetch("http://public.test/")->bytes, "direct");
}

TEST_F(FetcherTest, PrivateAddressesWhenAllowed) {
  policy_.private_addresses = PrivateAddresses::allowed;
  options_.reroute = nullptr;
  const std::string url = fmt::format("http://127.0.0.1:{}/a.jpg", server_.port());
  ASSERT_TRUE(fetch(url));
  policy_.own = own_addresses(fmt::format("0.0.0.0:{}", server_.port()));
  EXPECT_THAT(refused(url).message, HasSubstr("this service itself"));
  EXPECT_EQ(requests(), 1U);
}

}  // namespace
}  // namespace sensorium::net
