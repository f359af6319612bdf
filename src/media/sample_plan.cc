// The wanted times against the packets of one unit.
#include "media/sample_plan.h"

#include <algorithm>
#include <cmath>

namespace sensorium::media {
namespace {

// A packet this much larger than the median of its group, and at least this share of the keyframe, holds a
// picture of its own: a cut at which the encoder placed no keyframe.
constexpr std::int64_t large_factor = 6;
constexpr double large_share = 0.4;

std::int64_t median_bytes(std::span<const PacketFacts> packets) {
  std::vector<std::int64_t> sizes;
  for (const auto& packet : packets.subspan(1)) sizes.push_back(packet.bytes);
  if (sizes.empty()) return 0;
  const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
  std::ranges::nth_element(sizes, middle);
  return *middle;
}

}  // namespace

bool SamplePlan::inside(double time) const noexcept {
  constexpr double slack = 1e-6;
  return time >= rule_.from - slack && (rule_.to <= 0 || time < rule_.to);
}

std::optional<double> SamplePlan::target() const noexcept {
  if (rule_.mode == SampleRule::Mode::times) {
    const auto index = static_cast<std::size_t>(next_);
    return index < rule_.times.size() ? std::optional(rule_.times[index]) : std::nullopt;
  }
  const double time = rule_.from + static_cast<double>(next_) * rule_.interval;
  return rule_.to > 0 && time >= rule_.to ? std::nullopt : std::optional(time);
}

bool SamplePlan::over(double time) const noexcept {
  if (rule_.to > 0 && time >= rule_.to) return true;
  return rule_.mode == SampleRule::Mode::times && !target();
}

std::optional<double> SamplePlan::next_time() const noexcept {
  if (rule_.mode == SampleRule::Mode::keyframes || rule_.mode == SampleRule::Mode::all)
    return first_ ? std::optional(rule_.from) : std::nullopt;
  return target();
}

void SamplePlan::choose_keys(std::span<const PacketFacts> packets, std::vector<std::size_t>& out) const {
  if (packets.empty()) return;
  const std::int64_t usual = median_bytes(packets);
  const auto least = static_cast<std::int64_t>(large_share * static_cast<double>(packets.front().bytes));
  for (std::size_t i = 0; i < packets.size(); ++i) {
    const auto& packet = packets[i];
    const bool large =
        i > 0 && i <= last_hidden_cut && packet.bytes > large_factor * usual && packet.bytes > least;
    if ((packet.key || large) && !packet.hidden && inside(packet.time)) out.push_back(i);
  }
}

void SamplePlan::choose_times(std::span<const PacketFacts> packets, double end, double tick,
                              std::vector<std::size_t>& out) {
  const double start = packets.empty() ? 0 : packets.front().time;
  const double tolerance = rule_.tolerance;
  // Behind the last frame of the film nothing is shown any more.
  if (std::isinf(end)) {
    end = start;
    for (const auto& packet : packets) end = std::max(end, packet.time);
    end += 2 * tick;
  }
  for (auto time = target(); time && *time < end - tick; time = target()) {
    // The keyframe that begins the next unit is near enough, and that of this one is not.
    if (tolerance > 0 && end - *time <= tolerance && std::abs(start - *time) > tolerance) break;
    ++next_;
    std::optional<std::size_t> best, earliest;
    for (std::size_t i = 0; i < packets.size(); ++i) {
      const auto& packet = packets[i];
      if (packet.hidden || (!first_ && packet.time < start - tick / 2)) continue;
      if (tolerance > 0 && packet.key && std::abs(packet.time - *time) <= tolerance) {
        best = i;
        break;
      }
      if (packet.time <= *time + tick && (!best || packet.time > packets[*best].time)) best = i;
      if (!earliest || packet.time < packets[*earliest].time) earliest = i;
    }
    // Before the first frame of a film nothing is shown yet: its first frame stands for it.
    if (!best) best = earliest;
    if (best) out.push_back(*best);
  }
  std::ranges::sort(out);
  out.erase(std::ranges::unique(out).begin(), out.end());
}

std::vector<std::size_t> SamplePlan::choose(std::span<const PacketFacts> packets, double end, double tick) {
  std::vector<std::size_t> out;
  switch (rule_.mode) {
    case SampleRule::Mode::keyframes:
      choose_keys(packets, out);
      break;
    case SampleRule::Mode::all:
      for (std::size_t i = 0; i < packets.size(); ++i) {
        const bool before = !first_ && packets[i].time < packets.front().time - tick / 2;
        if (!packets[i].hidden && !before && inside(packets[i].time)) out.push_back(i);
      }
      break;
    case SampleRule::Mode::every:
    case SampleRule::Mode::times:
      choose_times(packets, end, tick, out);
      break;
  }
  first_ = false;
  return out;
}

std::vector<double> SamplePlan::take_times(double end) {
  std::vector<double> times;
  for (auto wanted = target(); wanted && *wanted < end; wanted = target()) {
    times.push_back(*wanted);
    ++next_;
  }
  first_ = false;
  return times;
}

}  // namespace sensorium::media
