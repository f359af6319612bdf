// Percentiles are of the sorted samples themselves, nothing is binned.
#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <numeric>

#include "loadgen/tally.h"

namespace sensorium::bench {
namespace {

namespace json = boost::json;

double rounded(double value) { return std::round(value * 10) / 10; }

json::value spread(std::vector<float>& samples) {
  if (samples.empty()) return nullptr;
  std::ranges::sort(samples);
  const auto at = [&](double share) {
    const auto index = static_cast<std::size_t>(share * static_cast<double>(samples.size()));
    return rounded(samples[std::min(index, samples.size() - 1)]);
  };
  const double sum = std::accumulate(samples.begin(), samples.end(), 0.0);
  return json::object{{"n", samples.size()},
                      {"mean", rounded(sum / static_cast<double>(samples.size()))},
                      {"p50", at(0.50)},
                      {"p90", at(0.90)},
                      {"p99", at(0.99)},
                      {"p999", at(0.999)},
                      {"max", rounded(samples.back())}};
}

json::value process_object(const ProcessFacts& p, std::int64_t ok) {
  if (!p.known) return nullptr;
  json::object out{{"processes", p.processes},         {"cpu_s", p.cpu_s},
                   {"rss_start_kib", p.rss_start_kib}, {"rss_peak_kib", p.rss_peak_kib},
                   {"pss_start_kib", p.pss_start_kib}, {"pss_peak_kib", p.pss_peak_kib}};
  if (ok > 0) out["cpu_us_per_ok"] = rounded(p.cpu_s * 1e6 / static_cast<double>(ok));
  return out;
}

}  // namespace

void Tally::failed(const std::string& kind, const std::string& detail) {
  if (!recording) return;
  ++errors[kind];
  if (first_error.empty()) first_error = kind + ": " + detail;
}

std::string report(const Settings& settings, Tally& tally, double seconds, const ProcessFacts& process) {
  json::object status, errors;
  for (const auto& [code, count] : tally.by_status) status[std::to_string(code)] = count;
  for (const auto& [kind, count] : tally.errors) errors[kind] = count;
  const auto per_second = [seconds](std::int64_t count) {
    return rounded(static_cast<double>(count) / seconds);
  };
  json::object out{{"label", settings.label},
                   {"connections", settings.connections},
                   {"seconds", seconds},
                   {"ok", tally.ok},
                   {"per_s", per_second(tally.ok)},
                   {"status", std::move(status)},
                   {"errors", std::move(errors)},
                   {"latency_us", spread(tally.latencies)},
                   {"mb_in_per_s", rounded(static_cast<double>(tally.bytes) / seconds / 1e6)}};
  if (!tally.first_error.empty()) out["first_error"] = tally.first_error;
  if (settings.cancel_rate > 0) out["cancelled"] = tally.cancelled;
  if (settings.stream) {
    out["chunks"] = tally.chunks;
    out["chunks_per_s"] = per_second(tally.chunks);
    out["streams_broken"] = tally.broken;
    out["text_wrong"] = tally.text_wrong;
    out["ttft_us"] = spread(tally.first_texts);
    out["first_chunk_lag_us"] = spread(tally.first_lags);
    out["chunk_lag_us"] = spread(tally.lags);
  }
  if (settings.pid > 0) out["process"] = process_object(process, tally.ok);
  return json::serialize(out);
}

}  // namespace sensorium::bench
