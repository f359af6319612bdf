// getaddrinfo on a thread that owns all it touches, so that nobody ever has to wait for it.
#include "net/resolver.h"

#include <netdb.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstring>
#include <system_error>
#include <thread>

#include "base/text.h"
#include "exec/guard.h"

namespace sensorium::net {
namespace {

constexpr int most_at_once = 16;

struct Lookup {
  std::string host;
  std::vector<IpAddress> found;
  int failure = 0;
  int wake = -1;
  std::shared_ptr<std::atomic<int>> running;
  ~Lookup() {
    if (wake >= 0) ::close(wake);
  }
};

IpAddress address_of(const sockaddr& from) {
  IpAddress address;
  address.v6 = from.sa_family == AF_INET6;
  if (address.v6)
    std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in6&>(from).sin6_addr, 16);
  else std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in&>(from).sin_addr, 4);
  return address;
}

void look_up(Lookup& lookup) noexcept {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  lookup.failure = ::getaddrinfo(lookup.host.c_str(), nullptr, &wanted, &list);
  for (const addrinfo* entry = list; entry; entry = entry->ai_next)
    if (entry->ai_family == AF_INET || entry->ai_family == AF_INET6)
      lookup.found.push_back(address_of(*entry->ai_addr));
  if (list) ::freeaddrinfo(list);
  lookup.running->fetch_sub(1);
  const std::uint64_t one = 1;
  (void)!::write(lookup.wake, &one, sizeof one);
}

class SystemResolver final : public NameResolver {
 public:
  Task<std::vector<IpAddress>> resolve(std::string host) override {
    auto lookup = SN_CO_TRY(begin(std::move(host)));
    boost::asio::posix::stream_descriptor ready(co_await boost::asio::this_coro::executor,
                                                ::dup(lookup->wake));
    auto [error] = co_await ready.async_wait(boost::asio::posix::stream_descriptor::wait_read, as_result);
    if (error) co_return Error(Code::cancelled, "The call was cancelled");
    // The write came after all else the thread did with the lookup.
    std::uint64_t count = 0;
    (void)!::read(lookup->wake, &count, sizeof count);
    if (lookup->failure != 0 || lookup->found.empty())
      co_return Error(Code::fetch_failed,
                      "The name " + text::printable(text::shorten(lookup->host, 100)) + " does not resolve",
                      lookup->failure == EAI_AGAIN ? "Try again; check the network and its name servers"
                                                   : "Check the spelling of the address");
    co_return std::move(lookup->found);
  }

 private:
  Result<std::shared_ptr<Lookup>> begin(std::string host) {
    constexpr std::chrono::seconds again{2};
    const Error busy =
        Error(Code::overloaded, "Too many names are being resolved at the same time", "Try again in a moment")
            .after(again);
    if (running_->fetch_add(1) >= most_at_once) {
      running_->fetch_sub(1);
      return busy;
    }
    auto lookup = std::make_shared<Lookup>();
    lookup->host = std::move(host);
    lookup->wake = ::eventfd(0, EFD_CLOEXEC);
    lookup->running = running_;
    try {
      std::thread([lookup] { look_up(*lookup); }).detach();
    } catch (const std::system_error&) {
      running_->fetch_sub(1);
      return busy;
    }
    return lookup;
  }

  std::shared_ptr<std::atomic<int>> running_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace

std::unique_ptr<NameResolver> system_resolver() { return std::make_unique<SystemResolver>(); }

}  // namespace sensorium::net
