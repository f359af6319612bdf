// FrameSelector: which sampled frames are worth a question. Frames come in time order and are judged at once
// (or one sample later, when a dark or blurred frame waits for a better neighbour), so that the kept ones can
// be sent while the film is still read. Surprising: a frame is compared with the last kept one, not with the
// last sampled one, so that a slow pan does become a new scene.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "media/frame_stream.h"
#include "media/hash_index.h"

namespace sensorium::media {

enum class Decision : std::uint8_t {
  sent,
  same,       ///< as the frame it was compared with
  duplicate,  ///< a shot that was kept before: A-B-A
  poor,       ///< black or blurred, a neighbour stands for it
  budget      ///< more scenes than frames allowed
};
std::string_view name(Decision decision) noexcept;

enum class Against : std::uint8_t { last_kept, last_sampled };

struct SelectRule {
  int threshold = 10;  ///< bits: more than this is a change of scene
  Against against = Against::last_kept;
  bool every = false;      ///< keep all sampled frames; scenes are marked all the same
  bool given = false;      ///< each frame is known to begin a scene: nothing is compared for that
  bool duplicates = true;  ///< leave out shots that were kept before
  bool avoid_poor = true;
  double min_scene = 0;         ///< seconds between kept frames
  std::int64_t max_frames = 0;  ///< 0: no limit
  double duration = 0;          ///< over which max_frames are spread; 0: unknown, the first ones are taken
};

/// A judged frame. Pixels only when it is sent.
struct Judged {
  VideoFrame frame;
  std::int64_t index = 0;  ///< among the sampled frames
  Decision decision = Decision::sent;
  bool scene_changed = false;
  int distance = 0;                    ///< bits to what it was compared with; 0 for the first
  std::optional<std::int64_t> like{};  ///< index of the kept frame it repeats
  std::string reason;                  ///< one line for the report
};

/// Not thread-safe.
class FrameSelector {
 public:
  explicit FrameSelector(SelectRule rule) : rule_(rule) {}

  /// Frames judged by this one, in time order: none, one or more.
  std::vector<Judged> add(VideoFrame frame);
  /// What still waits.
  std::vector<Judged> finish();

 private:
  struct Kept {
    std::int64_t index;
    LumaFacts luma;
  };
  Judged judge(VideoFrame frame);
  void compare(Judged& judged);
  bool too_early(const Judged& judged) const;
  bool over_budget(double time) const;
  std::optional<std::size_t> repeated(const LumaFacts& luma) const;
  void keep(Judged& judged);
  void let_go(std::vector<Judged>& out);

  SelectRule rule_;
  std::int64_t next_ = 0;
  std::vector<Kept> kept_;
  HashIndex hashes_;
  std::optional<LumaFacts> reference_;  ///< what the next frame is compared with
  std::optional<double> last_kept_time_;
  std::int64_t sent_ = 0;
  std::deque<Judged> waiting_;  ///< poor frames at a change of scene
};

/// Nearly black, or nearly without any edge.
bool is_poor(const LumaFacts& luma) noexcept;

}  // namespace sensorium::media
