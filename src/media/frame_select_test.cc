// Selection, duplicates, budgets; detectors; the index; the plan of packets.
#include "media/frame_select.h"

#include <gmock/gmock.h>

#include <limits>
#include <random>

#include "media/luma.h"
#include "media/sample_plan.h"
#include "media/shot_detector.h"

namespace sensorium::media {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

VideoFrame frame(double time, std::uint64_t hash, double mean = 100, double sharpness = 5) {
  VideoFrame out;
  out.time = time;
  out.luma.phash = hash;
  out.luma.mean = mean;
  out.luma.deviation = mean / 2;
  out.luma.sharpness = sharpness;
  out.luma.thumb.fill(static_cast<std::uint8_t>(hash & 0xFF));
  return out;
}

std::vector<Decision> decisions(FrameSelector& selector, std::vector<VideoFrame> frames) {
  std::vector<Judged> all;
  for (auto& each : frames)
    for (auto& judged : selector.add(std::move(each))) all.push_back(std::move(judged));
  for (auto& judged : selector.finish()) all.push_back(std::move(judged));
  std::vector<Decision> out;
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].index, static_cast<std::int64_t>(i)) << "in time order";
    out.push_back(all[i].decision);
  }
  return out;
}

constexpr std::uint64_t a = 0x00000000FFFFFF10, b = 0xFFFFFFFF00000080, c = 0x0F0F0F0F0F0F0FE0;
using enum Decision;

TEST(FrameSelector, KeepsWhatDiffersFromTheLastKept) {
  FrameSelector selector({});
  EXPECT_THAT(decisions(selector, {frame(0, a), frame(1, a ^ 1), frame(2, b), frame(3, b)}),
              ElementsAre(sent, same, sent, same));
}

TEST(FrameSelector, TenBitsAreTheSameElevenAreNot) {
  FrameSelector selector({});
  EXPECT_THAT(decisions(selector, {frame(0, a), frame(1, a ^ 0x3FF00), frame(2, a ^ 0x7FF00)}),
              ElementsAre(sent, same, sent));
}

TEST(FrameSelector, ASlowPanBecomesANewSceneOnlyAgainstTheLastKept) {
  const std::vector<VideoFrame> pan = {frame(0, 0x10), frame(1, 0x3F10),
                                       frame(2, 0xFFF10)};  // 6, then 12 bits
  FrameSelector kept({}), sampled({.against = Against::last_sampled});
  EXPECT_THAT(decisions(kept, pan), ElementsAre(sent, same, sent));
  EXPECT_THAT(decisions(sampled, pan), ElementsAre(sent, same, same));
}

TEST(FrameSelector, AShotThatComesBackIsADuplicate) {
  FrameSelector selector({});
  EXPECT_THAT(decisions(selector, {frame(0, a), frame(1, b), frame(2, a ^ 0x300), frame(3, a), frame(4, c)}),
              ElementsAre(sent, sent, duplicate, same, sent));
}

TEST(FrameSelector, TheSameHashInOtherLightIsNoDuplicate) {
  FrameSelector selector({});
  VideoFrame night = frame(2, a);
  night.luma.thumb.fill(200);
  EXPECT_THAT(decisions(selector, {frame(0, a), frame(1, b), night}), ElementsAre(sent, sent, sent));
}

TEST(FrameSelector, ABlackFrameGivesWayToItsNeighbour) {
  FrameSelector selector({});
  EXPECT_THAT(decisions(selector, {frame(0, a), frame(1, b, 5, 0.1), frame(2, b), frame(3, b)}),
              ElementsAre(sent, poor, sent, same));
}

TEST(FrameSelector, ABlackFilmStillHasOneFrame) {
  FrameSelector selector({});
  auto dark = frame(0, a, 5, 0);
  FrameSelector every({.every = true});
  EXPECT_THAT(decisions(every, {dark, dark}), ElementsAre(sent, sent));
}

TEST(FrameSelector, TheBudgetIsNeverPassedAndIsSpreadOverTheFilm) {
  FrameSelector selector({.duplicates = false, .max_frames = 5, .duration = 100});
  std::vector<VideoFrame> film;
  for (int i = 0; i < 100; ++i) film.push_back(frame(i, i % 2 == 0 ? a : b));
  const auto all = decisions(selector, film);
  EXPECT_EQ(std::ranges::count(all, sent), 5);
  EXPECT_GE(std::count(all.begin() + 50, all.end(), sent), 2);
}

TEST(FrameSelector, ScenesHaveAShortestLength) {
  FrameSelector selector({.min_scene = 2});
  EXPECT_THAT(decisions(selector, {frame(0, a), frame(1, b), frame(2, c)}), ElementsAre(sent, same, sent));
}

TEST(HashIndex, FindsTheSameAsComparingAll) {
  std::mt19937_64 random(7);
  HashIndex index;
  std::vector<std::uint64_t> all;
  for (int i = 0; i < 5000; ++i) {
    all.push_back(random());
    index.add(all.back());
  }
  for (int i = 0; i < 500; ++i) {
    std::uint64_t wanted = all[random() % all.size()];
    const int flips = static_cast<int>(random() % 14);
    for (int k = 0; k < flips; ++k) wanted ^= 1ULL << (random() % 64);
    std::optional<std::size_t> slow;
    for (std::size_t n = 0; n < all.size(); ++n)
      if (hash_distance(all[n], wanted) <= 10 &&
          (!slow || hash_distance(all[n], wanted) < hash_distance(all[*slow], wanted)))
        slow = n;
    EXPECT_EQ(index.nearest(wanted, 10), slow);
  }
  EXPECT_EQ(HashIndex().nearest(1, 10), std::nullopt);
}

std::vector<std::int64_t> cuts(ShotDetector& detector, const std::vector<double>& scores) {
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < scores.size(); ++i)
    if (const auto cut = detector.add(static_cast<std::int64_t>(i), scores[i])) out.push_back(*cut);
  return out;
}

TEST(ShotDetector, CutsWhereTheScoreIsHigh) {
  std::vector<double> scores(100, 2);
  scores[40] = 27;
  scores[70] = 26.9;
  EXPECT_THAT(cuts(*content_detector({}), scores), ElementsAre(40));
  scores[70] = 60;
  EXPECT_THAT(cuts(*adaptive_detector({}), scores), ElementsAre(40, 70));
}

TEST(ShotDetector, FlashesAreMergedAndTheBeginningIsNoCut) {
  std::vector<double> scores(120, 1);
  scores[5] = 80;  // too near to the start
  EXPECT_THAT(cuts(*content_detector({}), scores), IsEmpty());
  scores[5] = 1;
  scores[30] = scores[33] = scores[36] = 80;  // a lightning
  EXPECT_THAT(cuts(*content_detector({}), scores), ElementsAre(30));
}

TEST(ShotDetector, AFastPanIsNoCutForTheAdaptiveOne) {
  std::vector<double> scores(100, 30);
  EXPECT_THAT(cuts(*adaptive_detector({}), scores), IsEmpty());
  scores.assign(100, 0);
  scores[50] = 16;  // out of nothing
  EXPECT_THAT(cuts(*adaptive_detector({}), scores), ElementsAre(50));
}

constexpr double endless = std::numeric_limits<double>::infinity();

TEST(SamplePlan, TakesTheFrameThatIsShown) {
  SamplePlan plan({.interval = 0.1});
  // Decoding order I P B B: presentation 0, 0.12, 0.04, 0.08.
  const std::vector<PacketFacts> packets = {{0, 900, true}, {0.12, 300}, {0.04, 50}, {0.08, 50}};
  EXPECT_THAT(plan.choose(packets, 0.16, 0.001), ElementsAre(0, 3));
}

TEST(SamplePlan, AFrameThatStandsLongIsTakenOnce) {
  SamplePlan plan({.interval = 1});
  const std::vector<PacketFacts> packets = {{0, 900, true}, {5.5, 10}};
  EXPECT_THAT(plan.choose(packets, 7, 0.001), ElementsAre(0, 1));
}

TEST(SamplePlan, HiddenFramesAndLeadingPicturesAreNotTaken) {
  SamplePlan plan({.interval = 1});
  const std::vector<PacketFacts> first = {{-0.5, 900, true, true}, {0, 20}, {1, 20}};
  EXPECT_THAT(plan.choose(first, 2, 0.001), ElementsAre(1, 2));
  const std::vector<PacketFacts> second = {{2, 900, true}, {1.9, 20}, {2.5, 20}};
  EXPECT_THAT(plan.choose(second, endless, 0.001), ElementsAre(0));
}

TEST(SamplePlan, AToleranceTakesTheNearKeyframeOfEitherSide) {
  SamplePlan plan({.interval = 1, .from = 0.4, .tolerance = 0.5});
  const std::vector<PacketFacts> first = {{0, 900, true}, {0.4, 20}, {1.4, 20}, {1.6, 20}};
  EXPECT_THAT(plan.choose(first, 1.7, 0.001), ElementsAre(0));  // 0.4 by the key at 0; 1.4 waits for 1.7
  const std::vector<PacketFacts> second = {{1.7, 900, true}, {2.3, 20}};
  EXPECT_THAT(plan.choose(second, endless, 0.001), ElementsAre(0));
}

TEST(SamplePlan, LargePacketsAreCutsWithoutAKeyframe) {
  SamplePlan plan({.mode = SampleRule::Mode::keyframes});
  std::vector<PacketFacts> packets = {{0, 9000, true}};
  for (int i = 1; i < 50; ++i) packets.push_back({0.04 * i, 200});
  packets[20].bytes = 8000;
  packets[30].bytes = 1500;
  EXPECT_THAT(plan.choose(packets, 2, 0.001), ElementsAre(0, 20));
}

TEST(SamplePlan, NothingFromNothing) {
  SamplePlan plan({});
  EXPECT_THAT(plan.choose({}, 1, 0.001), IsEmpty());
  EXPECT_FALSE(plan.over(100));
  EXPECT_TRUE(SamplePlan({.mode = SampleRule::Mode::times}).over(0));
}

}  // namespace
}  // namespace sensorium::media
