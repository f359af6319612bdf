// One frame after the other. What was sent is remembered as hash and thumbnail only.
#include "media/frame_select.h"

#include <fmt/format.h>

#include <cmath>

#include "media/luma.h"

namespace sensorium::media {
namespace {

constexpr double black_mean = 20, black_deviation = 8, blurred = 0.35;
// The hash is blind to brightness: a repeated shot must look alike in its thumbnail as well.
constexpr double alike = 10;
constexpr std::size_t longest_wait = 3;

}  // namespace

std::string_view name(Decision decision) noexcept {
  switch (decision) {
    case Decision::sent:
      return "sent";
    case Decision::same:
      return "same";
    case Decision::duplicate:
      return "duplicate";
    case Decision::poor:
      return "poor";
    case Decision::budget:
      return "budget";
  }
  return "same";
}

bool is_poor(const LumaFacts& luma) noexcept {
  return (luma.mean < black_mean && luma.deviation < black_deviation) || luma.sharpness < blurred;
}

bool FrameSelector::too_early(const Judged& judged) const {
  return rule_.min_scene > 0 && last_kept_time_ && judged.frame.time - *last_kept_time_ < rule_.min_scene;
}

/// So many may have been sent by now that the rest of the film keeps its share.
bool FrameSelector::over_budget(double time) const {
  if (rule_.max_frames <= 0) return false;
  if (sent_ >= rule_.max_frames) return true;
  if (rule_.duration <= 0) return false;
  const double share = std::min(1.0, time / rule_.duration);
  return static_cast<double>(sent_) >= 1 + std::floor(share * static_cast<double>(rule_.max_frames));
}

std::optional<std::size_t> FrameSelector::repeated(const LumaFacts& luma) const {
  const auto found = hashes_.nearest(luma.phash, rule_.threshold);
  if (!found || thumb_difference(kept_[*found].luma, luma) > alike) return std::nullopt;
  return found;
}

void FrameSelector::compare(Judged& judged) {
  const LumaFacts& luma = judged.frame.luma;
  if (!reference_) {
    judged.scene_changed = true;
    judged.reason = "first frame";
    return;
  }
  judged.distance = hash_distance(luma.phash, reference_->phash);
  judged.scene_changed = rule_.given || (judged.distance > rule_.threshold && !too_early(judged));
  judged.reason = fmt::format("{} bits of {}", judged.distance, rule_.threshold);
}

void FrameSelector::keep(Judged& judged) {
  judged.decision = Decision::sent;
  ++sent_;
  last_kept_time_ = judged.frame.time;
  reference_ = judged.frame.luma;
  hashes_.add(judged.frame.luma.phash);
  kept_.push_back({judged.index, judged.frame.luma});
}

Judged FrameSelector::judge(VideoFrame frame) {
  Judged judged;
  judged.index = next_++;
  judged.frame = std::move(frame);
  compare(judged);
  if (!judged.scene_changed && !rule_.every) {
    judged.decision = Decision::same;
  } else if (const auto before = rule_.duplicates && judged.scene_changed && !rule_.every
                                     ? repeated(judged.frame.luma)
                                     : std::nullopt;
             before) {
    judged.decision = Decision::duplicate;
    judged.like = kept_[*before].index;
    judged.reason += fmt::format(", repeats frame {}", *judged.like);
    reference_ = kept_[*before].luma;
  } else if (over_budget(judged.frame.time)) {
    judged.decision = Decision::budget;
    judged.reason += fmt::format(", {} of {} frames are spent", sent_, rule_.max_frames);
    reference_ = judged.frame.luma;
  } else {
    keep(judged);
  }
  if (rule_.against == Against::last_sampled) reference_ = judged.frame.luma;
  if (judged.decision != Decision::sent) judged.frame.pixels.reset();
  return judged;
}

void FrameSelector::let_go(std::vector<Judged>& out) {
  for (auto& poor : waiting_) {
    poor.decision = Decision::poor;
    poor.frame.pixels.reset();
    out.push_back(std::move(poor));
  }
  waiting_.clear();
}

std::vector<Judged> FrameSelector::add(VideoFrame frame) {
  std::vector<Judged> out;
  Judged look;
  look.frame = std::move(frame);
  compare(look);
  const bool poor = rule_.avoid_poor && !rule_.every && look.scene_changed && is_poor(look.frame.luma);
  if (poor && waiting_.size() < longest_wait) {
    // Only the last of them may still be wanted.
    if (!waiting_.empty()) waiting_.back().frame.pixels.reset();
    look.index = next_++;
    look.reason += ", black or blurred";
    waiting_.push_back(std::move(look));
    return out;
  }
  let_go(out);
  out.push_back(judge(std::move(look.frame)));
  return out;
}

std::vector<Judged> FrameSelector::finish() {
  std::vector<Judged> out;
  if (waiting_.empty()) return out;
  // Nothing better came: a film that ends dark is not worth a question, one that is dark altogether is.
  if (kept_.empty() && waiting_.back().frame.pixels) {
    Judged last = std::move(waiting_.back());
    waiting_.pop_back();
    let_go(out);
    keep(last);
    out.push_back(std::move(last));
    return out;
  }
  let_go(out);
  return out;
}

}  // namespace sensorium::media
