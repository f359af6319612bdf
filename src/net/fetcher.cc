// Fetching: check, resolve, check, connect to what was checked; redirects begin anew.
#include "net/fetcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "exec/guard.h"

namespace sensorium::net {
namespace {

constexpr std::size_t most_reserved = std::size_t{64} << 20;

std::int64_t number(std::string_view text) noexcept {
  std::int64_t value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : -1;
}

std::string shown(const Url& url) {
  const std::string_view path = std::string_view(url.target).substr(0, url.target.find('?'));
  return url.origin() + text::printable(text::shorten(path, 120));  // a query may hold a key
}

Error failed(const Url& url, std::string_view why, std::string hint) {
  return Error(Code::fetch_failed, fmt::format("{} could not be fetched: {}", shown(url), why),
               std::move(hint));
}

Error too_large(const Url& url, std::int64_t limit) {
  return Error(
      Code::too_large,
      fmt::format("{} is larger than {}", shown(url), text::human_bytes(static_cast<std::uint64_t>(limit))),
      "Give a smaller file, or raise media.max_bytes_mb");
}

/// Errors of the HTTP client, which speak of engines, in the words of this place.
Error translated(const Url& url, Error error) {
  constexpr std::string_view later = "Try again, or send the file itself";
  switch (error.code) {
    case Code::upstream_timeout:
      return failed(url, "the server went silent", std::string(later));
    case Code::upstream_protocol:
      return failed(url, "the server did not answer in HTTP/1.1", "Check the address");
    case Code::upstream_broken_stream:
      return failed(url, "it was cut off in the middle", std::string(later));
    case Code::upstream_unavailable:
      if (error.message.starts_with("The engine closed"))
        return failed(url, "the server closed the connection without an answer", std::string(later));
      return failed(url, error.message, "Check the address, the network and the proxy settings");
    default:
      return error;
  }
}

Error bad_status(const Url& url, int status) {
  const std::string why = fmt::format("the server answered {}", status);
  if (status == 401 || status == 403)
    return failed(url, why, "It wants a sign-in or refuses programs: send the file itself");
  if (status == 404 || status == 410) return failed(url, why, "Check the address");
  if (status == 416) return failed(url, why, "The file is shorter than the part that was asked for");
  return failed(url, why, "Try again, or send the file itself");
}

bool is_redirect(int status) noexcept {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string media_type(std::string_view header) {
  return text::lower(text::trim(header.substr(0, header.find(';'))));
}

FetchHead head_of(const Url& url, const HttpStream& stream) {
  const auto header = [&](std::string_view name) { return find_header(stream.headers(), name); };
  FetchHead head{.url = url.origin() + url.target,
                 .mime = media_type(header("content-type")),
                 .validator = std::string(header("etag")),
                 .length = number(header("content-length"))};
  if (head.validator.empty() || head.validator.starts_with("W/")) head.validator = header("last-modified");
  if (stream.status() != 206) head.total = head.length;
  else if (const auto range = header("content-range"); range.find('/') != std::string_view::npos)
    head.total = number(range.substr(range.find('/') + 1));
  return head;
}

/// "bytes 100-199/1000" begins where it was asked to.
bool begins_at(std::string_view content_range, std::int64_t first) {
  return content_range.starts_with(fmt::format("bytes {}-", first));
}

/// Grown by doubling, but never beyond what may come; a fresh string takes just the room it is told.
std::string roomier(const std::string& bytes, std::size_t more, std::size_t most) {
  std::string grown;
  grown.reserve(std::max(bytes.size() + more, std::min(2 * bytes.capacity(), most)));
  grown += bytes;
  return grown;
}

class Body final : public FetchStream {
 public:
  Body(Url url, std::unique_ptr<HttpStream> http, const FetchRequest& request, TimePoint until)
      : url_(std::move(url)), http_(std::move(http)), head_(head_of(url_, *http_)), until_(until) {
    most_ = request.max_bytes;
    if (!request.range) return;
    most_ = std::min(most_, request.range->count);
    whole_ = false;
    if (head_.length > most_) head_.length = most_;
  }

  const FetchHead& head() const noexcept override { return head_; }

  Status check() const {
    if (whole_ && head_.length > most_) return too_large(url_, most_);
    return {};
  }

  Task<std::string_view> read() override {
    if (most_ == taken_ && !whole_) co_return std::string_view();
    if (SteadyClock::now() > until_)
      co_return failed(url_, "it took too long", "Try again, or send the file itself");
    auto piece = co_await http_->read();
    if (!piece) co_return translated(url_, std::move(piece).error());
    const auto room = static_cast<std::size_t>(most_ - taken_);
    if (piece->size() > room) {
      if (whole_) co_return too_large(url_, most_);
      piece = piece->substr(0, room);  // a server that does not know ranges sends more
    }
    taken_ += static_cast<std::int64_t>(piece->size());
    co_return *piece;
  }

 private:
  Url url_;
  std::unique_ptr<HttpStream> http_;
  FetchHead head_;
  TimePoint until_;
  std::int64_t most_ = 0, taken_ = 0;
  bool whole_ = true;
};

}  // namespace

struct Fetcher::Impl {
  Impl(boost::asio::io_context& io, const AddressPolicy& rules, std::unique_ptr<NameResolver> names,
       FetcherOptions given)
      : policy(rules),
        resolver(std::move(names)),
        options(std::move(given)),
        http(io, {.max_idle_per_origin = 0,
                  .proxy_from_environment = false,
                  .ca_file = options.ca_file,
                  .tape = {}}) {}

  const AddressPolicy& policy;
  std::unique_ptr<NameResolver> resolver;
  FetcherOptions options;
  HttpClient http;

  Task<std::vector<IpAddress>> addresses(const Url& url);
  Task<HttpRoute> route(const Url& url);
  Task<std::unique_ptr<HttpStream>> ask(const CallContext& ctx, const Url& url, const FetchRequest& request);
  Task<std::unique_ptr<FetchStream>> open(const CallContext& ctx, const FetchRequest& request);
  Task<Fetched> fetch(const CallContext& ctx, const FetchRequest& request);
};

Task<std::vector<IpAddress>> Fetcher::Impl::addresses(const Url& url) {
  if (const auto literal = IpAddress::parse(url.host)) co_return std::vector{*literal};
  auto found = co_await resolver->resolve(url.host);
  if (!found && found.error().code == Code::fetch_failed)
    co_return failed(url, "its name does not resolve", found.error().hint);
  co_return found;
}

Task<HttpRoute> Fetcher::Impl::route(const Url& url) {
  HttpRoute route;
  if (options.proxy != ProxyUse::never) route.proxy = SN_CO_TRY(choose_proxy(url, options.environment));
  if (route.proxy && options.proxy == ProxyUse::trust) co_return route;
  const auto port = static_cast<std::uint16_t>(number(url.port));
  for (const IpAddress& ip : SN_CO_TRY(co_await addresses(url))) {
    SN_CO_TRY(policy.check_address(url, ip));
    const SocketAddress checked{ip, port};
    route.addresses.push_back(options.reroute ? options.reroute(checked) : checked);
  }
  if (route.addresses.empty()) co_return failed(url, "its name has no address", "Check the address");
  co_return route;
}

Task<std::unique_ptr<HttpStream>> Fetcher::Impl::ask(const CallContext& ctx, const Url& url,
                                                     const FetchRequest& request) {
  SN_CO_TRY(policy.check_url(url));
  HttpCall call;
  call.method = "GET";
  call.url = url;
  call.route = SN_CO_TRY(co_await route(url));
  call.timeouts = {request.limits.connect, request.limits.first_byte, request.limits.idle};
  call.headers = {{"Accept", request.accept},
                  {"Accept-Encoding", "identity"},
                  {"User-Agent", "sensorium"},
                  {"Connection", "close"}};
  if (request.range)
    call.headers.emplace_back("Range", fmt::format("bytes={}-{}", request.range->first,
                                                   request.range->first + request.range->count - 1));
  auto stream = co_await http.open(ctx, call);
  if (!stream) co_return translated(url, std::move(stream).error());
  co_return stream;
}

Task<std::unique_ptr<FetchStream>> Fetcher::Impl::open(const CallContext& ctx, const FetchRequest& request) {
  const TimePoint until = std::min(ctx.deadline(), SteadyClock::now() + request.limits.total);
  Url url = SN_CO_TRY(parse_media_url(request.url));
  for (int hops = 0;; ++hops) {
    auto stream = SN_CO_TRY(co_await ask(ctx, url, request));
    const int status = stream->status();
    if (is_redirect(status)) {
      if (hops == request.limits.redirects)
        co_return failed(url, fmt::format("more than {} redirects", hops), "Give the address they lead to");
      const std::string_view location = find_header(stream->headers(), "location");
      if (location.empty()) co_return failed(url, "it redirects to nowhere", "Check the address");
      url = SN_CO_TRY(annotate(follow_location(url, location), "redirected by " + shown(url)));
      continue;
    }
    if (status != 200 && status != 206) co_return bad_status(url, status);
    if (request.range) {
      const bool right =
          status == 206 ? begins_at(find_header(stream->headers(), "content-range"), request.range->first)
                        : request.range->first == 0;
      if (!right) co_return failed(url, "the server cannot send a part of a file", "Send the file itself");
    }
    auto body = std::make_unique<Body>(std::move(url), std::move(stream), request, until);
    SN_CO_TRY(body->check());
    co_return body;
  }
}

Task<Fetched> Fetcher::Impl::fetch(const CallContext& ctx, const FetchRequest& request) {
  const auto stream = SN_CO_TRY(co_await open(ctx, request));
  std::string bytes;
  const std::int64_t expected = stream->head().length;
  const auto most = static_cast<std::size_t>(request.max_bytes);
  if (expected > 0) bytes.reserve(std::min(static_cast<std::size_t>(expected), most_reserved));
  for (;;) {
    const std::string_view piece = SN_CO_TRY(co_await stream->read());
    if (piece.empty()) break;
    if (bytes.size() + piece.size() > bytes.capacity()) bytes = roomier(bytes, piece.size(), most);
    bytes += piece;
  }
  co_return Fetched{stream->head(), std::make_shared<const std::string>(std::move(bytes))};
}

Fetcher::Fetcher(boost::asio::io_context& io, const AddressPolicy& policy,
                 std::unique_ptr<NameResolver> resolver, FetcherOptions options)
    : impl_(std::make_unique<Impl>(io, policy, std::move(resolver), std::move(options))) {}
Fetcher::~Fetcher() = default;

Task<std::unique_ptr<FetchStream>> Fetcher::open(const CallContext& ctx, const FetchRequest& request) {
  return impl_->open(ctx, request);
}

Task<Fetched> Fetcher::fetch(const CallContext& ctx, const FetchRequest& request) {
  const CallContext timed = ctx.with_timeout(request.limits.total);
  auto done = co_await guarded(timed, impl_->fetch(timed, request));
  const bool ours = !done && done.error().code == Code::deadline_exceeded && ctx.check();
  if (!ours) co_return done;
  const auto url = parse_media_url(request.url);
  co_return failed(url ? *url : Url{}, "it took too long", "Try again, or send the file itself");
}

}  // namespace sensorium::net
