// The exposition text: names, types, labels that need escapes, buckets, and the limit on series.
#include "service/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sensorium::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Metrics, BuildInfoAndTypesAreThereFromTheStart) {
  const std::string text = Metrics().text();
  EXPECT_THAT(text, HasSubstr("# TYPE sensorium_build_info gauge\nsensorium_build_info{version=\""));
  EXPECT_THAT(text, HasSubstr("# TYPE sensorium_request_duration_seconds histogram\n"));
  EXPECT_THAT(text, HasSubstr("sensorium_requests_in_flight 0\n"));
}

TEST(Metrics, CountersAddUpPerLabelSet) {
  Metrics metrics;
  metrics.count("sensorium_upstream_requests_total", {{"provider", "a"}, {"outcome", "ok"}});
  metrics.count("sensorium_upstream_requests_total", {{"provider", "a"}, {"outcome", "ok"}}, 2);
  metrics.count("sensorium_upstream_requests_total", {{"provider", "b"}, {"outcome", "ok"}});
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("sensorium_upstream_requests_total{provider=\"a\",outcome=\"ok\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("sensorium_upstream_requests_total{provider=\"b\",outcome=\"ok\"} 1\n"));
}

TEST(Metrics, GaugesKeepTheLastValue) {
  Metrics metrics;
  metrics.set("sensorium_queue_depth", {{"lane", "media"}}, 3);
  metrics.set("sensorium_queue_depth", {{"lane", "media"}}, 1.5);
  EXPECT_THAT(metrics.text(), HasSubstr("sensorium_queue_depth{lane=\"media\"} 1.5\n"));
}

TEST(Metrics, HistogramBucketsAreCumulativeAndTheirEdgesInclusive) {
  Metrics metrics;
  for (const double seconds : {0.0005, 0.0006, 5.0, 1e9})
    metrics.observe("sensorium_overhead_seconds", {}, seconds);
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("sensorium_overhead_seconds_bucket{le=\"0.0005\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("sensorium_overhead_seconds_bucket{le=\"0.001\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("sensorium_overhead_seconds_bucket{le=\"600\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("sensorium_overhead_seconds_bucket{le=\"+Inf\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("sensorium_overhead_seconds_count 4\n"));
}

TEST(Metrics, LabelValuesAreEscaped) {
  Metrics metrics;
  metrics.count("sensorium_retries_total", {{"model", "a\"b\\c\nd"}});
  EXPECT_THAT(metrics.text(), HasSubstr("{model=\"a\\\"b\\\\c\\nd\"} 1\n"));
}

TEST(Metrics, AThousandLabelSetsAndNoMore) {
  Metrics metrics;
  for (int i = 0; i < 1100; ++i) metrics.count("sensorium_retries_total", {{"model", std::to_string(i)}});
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("{model=\"999\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("{model=\"1000\"}")));
  metrics.count("sensorium_retries_total", {{"model", "7"}});
  EXPECT_THAT(metrics.text(), HasSubstr("{model=\"7\"} 2\n")) << "known series go on";
}

TEST(Metrics, ThreadsLoseNothing) {
  Metrics metrics;
  constexpr int threads = 4, each = 2000;
  {
    std::vector<std::jthread> all;
    for (int t = 0; t < threads; ++t)
      all.emplace_back([&] {
        for (int i = 0; i < each; ++i) metrics.count("sensorium_cost_usd_total", {}, 1);
      });
  }
  EXPECT_THAT(metrics.text(), HasSubstr("sensorium_cost_usd_total 8000\n"));
}

TEST(MetricsDeathTest, NamesOutsideOfTheContractAreBugs) {
  Metrics metrics;
  EXPECT_DEATH(metrics.count("sensorium_nonsense_total", {}), "bug");
  EXPECT_DEATH(metrics.observe("sensorium_retries_total", {}, 1), "bug");
}

}  // namespace
}  // namespace sensorium::service
