// The system's resolver: addresses come, unknown names are an error, and nobody waits longer than he wants.
#include "net/resolver.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "exec/guard.h"
#include "exec/run_task.h"
#include "net/address_policy.h"

namespace sensorium::net {
namespace {

using namespace std::chrono_literals;

TEST(SystemResolver, ResolvesLocalhostAndIsNotWaitedFor) {
  boost::asio::io_context io(1);
  const auto resolver = system_resolver();
  const auto found = run_task(io, resolver->resolve("localhost"));
  ASSERT_TRUE(found) << sentence(found.error());
  for (const auto& address : *found) EXPECT_EQ(judge(address).what, "a loopback address") << address.text();
  const auto none = run_task(io, resolver->resolve("no-such-host.invalid"));
  EXPECT_EQ(none.error().code, Code::fetch_failed);
  const auto begin = SteadyClock::now();
  (void)run_task(io, guarded(CallContext().with_timeout(1ms), resolver->resolve("slow.invalid")));
  EXPECT_LT(SteadyClock::now() - begin, 100ms);
}

}  // namespace
}  // namespace sensorium::net
