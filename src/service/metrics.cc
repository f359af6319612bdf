// Metrics: one family per name, each with its own lock; a series is found by its label text.
#include "service/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <iterator>
#include <map>
#include <mutex>
#include <span>

#include "base/check.h"
#include "base/text.h"

namespace sensorium::service {
namespace {

constexpr std::size_t max_series = 1000;
constexpr std::array buckets{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,  0.1,   0.25, 0.5,
                             1.0,    2.5,   5.0,    10.0,  30.0, 60.0,  120.0, 300.0, 600.0};

enum class Kind { counter, gauge, histogram };
constexpr std::string_view kind_name(Kind kind) noexcept {
  return kind == Kind::counter ? "counter" : kind == Kind::gauge ? "gauge" : "histogram";
}

struct MetricDef {
  std::string_view name;
  Kind kind;
  std::string_view help;
};

// In the order of the output. A new metric is a line here and a line in docs/reference/http.md.
constexpr std::array definitions{
    MetricDef{"sensorium_request_duration_seconds", Kind::histogram,
              "Time from a request's head to the end of its reply."},
    MetricDef{"sensorium_time_to_first_token_seconds", Kind::histogram,
              "Time from a question to its first piece of text."},
    MetricDef{"sensorium_inter_token_latency_seconds", Kind::histogram,
              "Time between two pieces of text of one answer."},
    MetricDef{"sensorium_tokens_total", Kind::counter, "Tokens used."},
    MetricDef{"sensorium_cost_usd_total", Kind::counter, "Money spent where the price is known, in USD."},
    MetricDef{"sensorium_requests_in_flight", Kind::gauge, "Requests that are being answered."},
    MetricDef{"sensorium_queue_depth", Kind::gauge, "Jobs that wait for a thread."},
    MetricDef{"sensorium_queue_wait_seconds", Kind::histogram, "Time that jobs waited for a thread."},
    MetricDef{"sensorium_overhead_seconds", Kind::histogram,
              "Time of a question that was not spent in its engine."},
    MetricDef{"sensorium_upstream_requests_total", Kind::counter, "Calls to engines."},
    MetricDef{"sensorium_retries_total", Kind::counter, "Calls to engines that were repeated."},
    MetricDef{"sensorium_fallbacks_total", Kind::counter, "Questions that went on to another model."},
    MetricDef{"sensorium_breaker_state", Kind::gauge, "0 closed, 1 half open, 2 open."},
    MetricDef{"sensorium_media_stage_seconds", Kind::histogram, "Time of a stage of media work."},
    MetricDef{"sensorium_media_bytes_total", Kind::counter, "Bytes of media received."},
    MetricDef{"sensorium_media_pixels_total", Kind::counter, "Pixels of pictures received."},
    MetricDef{"sensorium_media_seconds_total", Kind::counter, "Seconds of sound and video received."},
    MetricDef{"sensorium_frames_total", Kind::counter, "Video frames by what was decided about them."},
    MetricDef{"sensorium_cache_requests_total", Kind::counter, "Look-ups in caches."},
    MetricDef{"sensorium_engine_up", Kind::gauge, "1 when the engine can be asked."},
    MetricDef{"sensorium_engine_restarts_total", Kind::counter, "Restarts of local engines."},
    MetricDef{"sensorium_jobs", Kind::gauge, "Jobs by state."},
    MetricDef{"sensorium_job_items_total", Kind::counter, "Items of jobs by result."},
    MetricDef{"sensorium_build_info", Kind::gauge, "1, with the version as a label."},
};

struct Histogram {
  std::array<std::uint64_t, buckets.size()> counts{};  ///< not cumulative
  std::uint64_t count = 0;
  double sum = 0;
};

struct Series {
  double value = 0;
  std::unique_ptr<Histogram> histogram;
};

void append_label_value(std::string& out, std::string_view value) {
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\', out += c;
    else if (c == '\n') out += "\\n";
    else out += c;
  }
}

/// `operation="ask",outcome="ok"`, as it stands in the output.
void write_labels(std::string& out, Labels labels) {
  out.clear();
  for (const auto& [name, value] : labels) {
    if (!out.empty()) out += ',';
    out.append(name).append("=\"");
    append_label_value(out, value);
    out += '"';
  }
}

void append_number(std::string& out, double value) {
  if (std::isnan(value)) out += "NaN";
  else if (std::isinf(value)) out += value > 0 ? "+Inf" : "-Inf";
  else fmt::format_to(std::back_inserter(out), "{}", value);
}

void append_sample(std::string& out, std::string_view name, std::string_view suffix, std::string_view labels,
                   double value) {
  out.append(name).append(suffix);
  if (!labels.empty()) out.append("{").append(labels).append("}");
  out += ' ';
  append_number(out, value);
  out += '\n';
}

class Family {
 public:
  explicit Family(const MetricDef& def) : def_(def) {}
  const MetricDef& def() const noexcept { return def_; }

  template <class Change>
  void change(Labels labels, Change apply) {
    thread_local std::string key;
    write_labels(key, labels);
    const std::scoped_lock lock(mutex_);
    auto found = series_.find(std::string_view(key));
    if (found == series_.end()) {
      if (series_.size() >= max_series) return;
      found = series_.try_emplace(key).first;
    }
    apply(found->second);
  }

  void append_to(std::string& out) const {
    const std::scoped_lock lock(mutex_);
    fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n", def_.name, def_.help, def_.name,
                   kind_name(def_.kind));
    for (const auto& [labels, series] : series_) {
      if (series.histogram) append_histogram(out, labels, *series.histogram);
      else append_sample(out, def_.name, "", labels, series.value);
    }
  }

 private:
  void append_histogram(std::string& out, std::string_view labels, const Histogram& histogram) const {
    const std::string_view comma = labels.empty() ? "" : ",";
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < buckets.size(); ++i) {
      total += histogram.counts[i];
      fmt::format_to(std::back_inserter(out), "{}_bucket{{{}{}le=\"{}\"}} {}\n", def_.name, labels, comma,
                     buckets[i], total);
    }
    fmt::format_to(std::back_inserter(out), "{}_bucket{{{}{}le=\"+Inf\"}} {}\n", def_.name, labels, comma,
                   histogram.count);
    append_sample(out, def_.name, "_sum", labels, histogram.sum);
    append_sample(out, def_.name, "_count", labels, static_cast<double>(histogram.count));
  }

  const MetricDef& def_;
  mutable std::mutex mutex_;
  std::map<std::string, Series, std::less<>> series_;
};

}  // namespace

struct Metrics::Impl {
  std::array<std::unique_ptr<Family>, definitions.size()> families;

  Impl() {
    for (std::size_t i = 0; i < definitions.size(); ++i)
      families[i] = std::make_unique<Family>(definitions[i]);
  }

  Family& family(std::string_view name, Kind kind) {
    const auto found = std::ranges::find(definitions, name, &MetricDef::name);
    SN_CHECK(found != definitions.end() && found->kind == kind);
    return *families[static_cast<std::size_t>(found - definitions.begin())];
  }
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {
  set("sensorium_build_info", {{"version", SN_VERSION}}, 1);
  set("sensorium_requests_in_flight", {}, 0);
}
Metrics::~Metrics() = default;

void Metrics::count(std::string_view name, Labels labels, double by) {
  impl_->family(name, Kind::counter).change(labels, [by](Series& series) { series.value += by; });
}

void Metrics::set(std::string_view name, Labels labels, double value) {
  impl_->family(name, Kind::gauge).change(labels, [value](Series& series) { series.value = value; });
}

void Metrics::observe(std::string_view name, Labels labels, double seconds) {
  impl_->family(name, Kind::histogram).change(labels, [seconds](Series& series) {
    if (!series.histogram) series.histogram = std::make_unique<Histogram>();
    Histogram& histogram = *series.histogram;
    const auto bucket = std::ranges::lower_bound(buckets, seconds);
    if (bucket != buckets.end()) ++histogram.counts[static_cast<std::size_t>(bucket - buckets.begin())];
    ++histogram.count;
    histogram.sum += seconds;
  });
}

std::string Metrics::text() const {
  std::string out;
  out.reserve(16UL << 10);
  for (const auto& family : impl_->families) family->append_to(out);
  return out;
}

}  // namespace sensorium::service
