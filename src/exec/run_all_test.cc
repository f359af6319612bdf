// run_all(): results in the order of the tasks, errors among them, and never more at once than allowed.
#include "exec/run_all.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "exec/run_task.h"

namespace sensorium {
namespace {

TEST(RunAll, KeepsTheOrderAndTheErrors) {
  boost::asio::io_context io(1);
  int running = 0, most = 0;
  const auto work = [&](int i) -> Task<int> {
    most = std::max(most, ++running);
    SN_CO_TRY(co_await sleep_for({}, Milliseconds(10 - i)));
    --running;
    if (i == 3) co_return Error(Code::internal, "three");
    co_return i* i;
  };
  const auto all = [&](CallContext ctx) -> Task<std::vector<Result<int>>> {
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 8; ++i) tasks.push_back(work(i));
    (void)ctx;
    co_return co_await run_all(std::move(tasks), 3);
  };
  const auto results = run_task(io, all({})).value();
  ASSERT_EQ(results.size(), 8U);
  for (int i = 0; i < 8; ++i) {
    const auto& result = results[static_cast<std::size_t>(i)];
    if (i == 3) EXPECT_EQ(result.error().message, "three");
    else EXPECT_EQ(result.value(), i * i);
  }
  EXPECT_EQ(most, 3);
}

}  // namespace
}  // namespace sensorium
