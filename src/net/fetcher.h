// Fetcher: media behind URLs, through the media firewall: each name is resolved by us, every address checked
// (AddressPolicy), the connection made to just those addresses, and all of it again on each redirect.
// Surprising: one forbidden address among several refuses the host, for that is how rebinding looks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "net/address_policy.h"
#include "net/http_client.h"
#include "net/resolver.h"

namespace sensorium::net {

/// How a proxy of the environment is used.
enum class ProxyUse : std::uint8_t {
  tunnel,  ///< to the address that we have checked
  trust,   ///< the proxy resolves names itself and must refuse what nobody may reach
  never,
};

/// Part of a file.
struct ByteRange {
  std::int64_t first = 0, count = 0;
};

struct FetchLimits {
  Milliseconds connect{10'000}, first_byte{20'000}, idle{15'000};
  Milliseconds total{120'000};  ///< all redirects and the whole body
  int redirects = 5;
};

struct FetchRequest {
  std::string url;
  std::int64_t max_bytes = 0;           ///< more is too_large, at once where Content-Length tells
  std::optional<ByteRange> range = {};  ///< at most max_bytes long
  std::string accept = "*/*";
  FetchLimits limits = {};
};

struct FetchHead {
  std::string url;           ///< the last one
  std::string mime;          ///< as declared, lower case, without parameters; never to be trusted
  std::string validator;     ///< strong ETag, else Last-Modified: the same while the file is the same
  std::int64_t length = -1;  ///< of the body to come; -1: unknown
  std::int64_t total = -1;   ///< of the whole file, where the server tells
};

/// A body on its way. Dropping it closes the connection.
class FetchStream {
 public:
  virtual ~FetchStream() = default;
  virtual const FetchHead& head() const noexcept = 0;
  /// The next piece, valid until the next call; empty at the end. Never more than max_bytes in all.
  virtual Task<std::string_view> read() = 0;
};

struct Fetched {
  FetchHead head;
  std::shared_ptr<const std::string> bytes;
};

/// What a fetcher works with; the defaults are those of the program.
struct FetcherOptions {
  ProxyUse proxy = ProxyUse::tunnel;
  Environment environment = process_environment;
  std::string ca_file = {};  ///< empty: the system's store
  /// Where connections to a checked address really go; for tests that play the public internet.
  std::function<SocketAddress(SocketAddress)> reroute = {};
};

/// Shard-bound; must outlive its streams and `policy` must outlive it.
class Fetcher {
 public:
  Fetcher(boost::asio::io_context& io, const AddressPolicy& policy, std::unique_ptr<NameResolver> resolver,
          FetcherOptions options = {});
  ~Fetcher();
  Fetcher(const Fetcher&) = delete;
  Fetcher& operator=(const Fetcher&) = delete;

  /// The whole body (or range) in memory. Ends within 100 ms of a stop.
  /// Errors: fetch_refused, fetch_failed, too_large, invalid_request, cancelled, deadline_exceeded.
  Task<Fetched> fetch(const CallContext& ctx, const FetchRequest& request);
  /// The same as a stream; the caller guards it (guarded(ctx, ...)), as with HttpClient::open().
  Task<std::unique_ptr<FetchStream>> open(const CallContext& ctx, const FetchRequest& request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sensorium::net
