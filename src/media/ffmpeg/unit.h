// Unit: the packets of one group of pictures with the frames wanted of it; between source and decoder.
#pragma once

#include <deque>
#include <vector>

#include "media/ffmpeg/api.h"
#include "media/frame_stream.h"

namespace sensorium::media::ffmpeg {

struct UnitPacket {
  Packet packet;
  bool wanted = false;
  bool skip = false;  ///< pictures of the group before: never sent
};

class Unit final : public FrameUnit {
 public:
  /// A frame that is wanted: told by its presentation time in the stream's own ticks.
  struct Wanted {
    std::int64_t pts;
    double time;
    bool key;
  };
  std::deque<UnitPacket> packets;
  std::vector<Wanted> wanted;  ///< where packets say their times
  std::vector<double> times;   ///< else: take the first frame at or after each
  bool planned = true;
  bool all = false;               ///< without a plan: every frame is wanted
  bool keys_only = false;         ///< of these, the keyframes
  bool counted = false;           ///< times are counted, for films that say none
  bool continued = false;         ///< goes on from the unit before
  bool ends = true;               ///< the group ends here: the decoder is emptied
  std::int64_t first_number = 0;  ///< how many frames came before, for films without any times
  std::int64_t held = 0;

  bool continues() const noexcept override { return continued; }
  std::int64_t bytes() const noexcept override { return held; }
};

/// What source and decoder both must know of a stream.
struct StreamFacts {
  double tick = 0;            ///< seconds per unit of its clock
  double start = 0;           ///< seconds on its clock at the start of the film
  double fps = 0;             ///< never 0
  bool skips_nonref = false;  ///< pictures that nothing refers to may be left out safely
  int rotation = 0;
  Size shown;

  double seconds(std::int64_t pts) const noexcept { return static_cast<double>(pts) * tick - start; }
};

}  // namespace sensorium::media::ffmpeg
