// From packets to planned units. NOTE [Leading pictures]: after a keyframe of an open group come pictures
// that are shown before it and need both groups. They are given to the unit they are shown in, together with
// that keyframe, and are left out where the keyframe begins a unit of its own.
#include "media/ffmpeg/gop_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace sensorium::media::ffmpeg {
namespace {

// A group beyond this is cut into parts, so that a film with a single keyframe does not fill the memory.
constexpr std::size_t most_packets = 4000;
constexpr std::int64_t most_bytes = 32LL << 20;
constexpr double forever = std::numeric_limits<double>::infinity();

bool is_key(const AVPacket& packet) { return (packet.flags & AV_PKT_FLAG_KEY) != 0; }

void add(Unit& unit, UnitPacket packet) {
  unit.held += packet.packet->size;
  unit.packets.push_back(std::move(packet));
}

void add_copy(Unit& unit, const AVPacket& packet) {
  UnitPacket copy{make_packet()};
  if (copy.packet && opened().av_packet_ref(copy.packet.get(), &packet) >= 0) add(unit, std::move(copy));
}

/// Nothing behind the last wanted packet is needed.
void cut_behind_last(Unit& unit) {
  while (!unit.packets.empty() && !unit.packets.back().wanted) {
    unit.held -= unit.packets.back().packet->size;
    unit.packets.pop_back();
  }
}

}  // namespace

double GopSource::time_of(const AVPacket& packet) const noexcept { return stream_.seconds(packet.pts); }

Result<Packet> GopSource::read(const CallContext& ctx) {
  Packet packet = make_packet();
  if (!packet) return Error(Code::overloaded, "There is no memory to read the film");
  if (!SN_TRY(input_->read(ctx, packet.get(), input_->video()))) {
    ended_ = true;
    return Packet();
  }
  if (++walked_ > limits_.max_packets)
    return Error(Code::too_large, fmt::format("The film has more than {} packets", limits_.max_packets),
                 "Look at a part of it with --from and --to.");
  if ((packet->flags & AV_PKT_FLAG_CORRUPT) != 0) ++damaged_;
  if (packet->pts == AV_NOPTS_VALUE) no_times_ = true;
  else latest_ = std::max(latest_, time_of(*packet));
  if (latest_ > limits_.max_seconds)
    return Error(Code::too_large, fmt::format("The film is longer than {} hours", limits_.max_seconds / 3600),
                 "Look at a part of it with --from and --to, or raise [media] max_video_hours.");
  return packet;
}

Result<UnitPacket> GopSource::pull(const CallContext& ctx) {
  if (ahead_.empty()) return UnitPacket{SN_TRY(read(ctx))};
  UnitPacket packet = std::move(ahead_.front());
  ahead_.pop_front();
  return packet;
}

/// Looks at what follows `key`, the begin of the next unit: its leading pictures belong to `unit` as well.
Status GopSource::read_leading(const CallContext& ctx, Unit& unit, UnitPacket key) {
  const std::int64_t shown = key.packet->pts;
  const AVPacket* first = key.packet.get();
  ahead_.push_back(std::move(key));
  bool given = false;
  while (!ended_ && !no_times_) {
    Packet packet = SN_TRY(read(ctx));
    if (!packet) break;
    const bool leading = packet->pts != AV_NOPTS_VALUE && packet->pts < shown && !is_key(*packet);
    if (leading) {
      if (!given) add_copy(unit, *first);
      given = true;
      add_copy(unit, *packet);
    }
    ahead_.push_back({std::move(packet), false, leading});
    if (!leading) break;
  }
  return {};
}

Result<std::unique_ptr<Unit>> GopSource::read_unit(const CallContext& ctx) {
  auto unit = std::make_unique<Unit>();
  unit->continued = std::exchange(open_, false);
  unit->first_number = frames_;
  double end = forever;
  while (!at_end()) {
    UnitPacket packet = SN_TRY(pull(ctx));
    if (!packet.packet) break;
    if (is_key(*packet.packet) && !unit->packets.empty()) {
      end = packet.packet->pts == AV_NOPTS_VALUE ? forever : time_of(*packet.packet);
      SN_TRY(read_leading(ctx, *unit, std::move(packet)));
      break;
    }
    ++frames_;
    // For keyframes the rest of the group is not wanted: it need not be held.
    if (plan_.rule().mode == SampleRule::Mode::keyframes && !no_times_ &&
        unit->packets.size() > last_hidden_cut)
      continue;
    add(*unit, std::move(packet));
    open_ = unit->packets.size() >= most_packets || unit->held >= most_bytes;
    if (open_) break;
  }
  unit->ends = !open_;
  if (unit->packets.empty()) return unit;
  if (no_times_ || unit->continued || !unit->ends) plan_without_times(*unit);
  else plan(*unit, end);
  return unit;
}

void GopSource::plan(Unit& unit, double end) {
  std::vector<PacketFacts> facts;
  for (const auto& packet : unit.packets) {
    const double time = time_of(*packet.packet);
    // The next unit's keyframe is here only to decode its leading pictures.
    const bool borrowed = is_key(*packet.packet) && time >= end;
    facts.push_back({time, packet.packet->size, is_key(*packet.packet),
                     borrowed || packet.skip || (packet.packet->flags & AV_PKT_FLAG_DISCARD) != 0});
  }
  for (const std::size_t index : plan_.choose(facts, end, stream_.tick / 2)) {
    auto& packet = unit.packets[index];
    packet.wanted = true;
    unit.wanted.push_back({packet.packet->pts, facts[index].time, facts[index].key});
  }
  cut_behind_last(unit);
}

void GopSource::plan_without_times(Unit& unit) {
  unit.planned = false;
  const auto mode = plan_.rule().mode;
  // Behind the last frame nothing is shown any more.
  const double half = 0.5 / stream_.fps;
  const double end =
      no_times_ ? static_cast<double>(frames_) / stream_.fps - half : latest_ + (at_end() ? half : 0);
  // Without times nobody can tell which pictures need the group before: one decoder takes them all.
  if (no_times_) {
    unit.continued = std::exchange(unplanned_, true);
    unit.ends = at_end();
    unit.counted = true;
  }
  unit.keys_only = mode == SampleRule::Mode::keyframes;
  unit.all = mode == SampleRule::Mode::all || unit.keys_only;
  if (mode == SampleRule::Mode::every || mode == SampleRule::Mode::times) unit.times = plan_.take_times(end);
}

void GopSource::jump(const CallContext& ctx) {
  const auto wanted = plan_.next_time();
  if (!wanted || no_times_ || open_) return;
  const Api& ff = opened();
  AVStream* stream = input_->format()->streams[input_->video()];
  const int entries = ff.avformat_index_get_entries_count(stream);
  if (entries < 2) return;
  // Index times may be decoding times: a keyframe may be shown later than its entry says, never earlier.
  constexpr double reorder_seconds = 1;
  const double at = *wanted - reorder_seconds;
  const double here = ahead_.empty() ? latest_ : time_of(*ahead_.front().packet);
  const AVIndexEntry* best = nullptr;
  int low = 0, high = entries - 1;
  while (low <= high) {
    const int middle = (low + high) / 2;
    const AVIndexEntry* entry = ff.avformat_index_get_entry(stream, middle);
    if (stream_.seconds(entry->timestamp) <= at) low = middle + 1;
    else high = middle - 1;
  }
  for (int i = high; i >= 0 && !best; --i) {
    const AVIndexEntry* entry = ff.avformat_index_get_entry(stream, i);
    if ((entry->flags & AVINDEX_KEYFRAME) != 0) best = entry;
  }
  // Reading on is cheaper than a jump of a few seconds, and never wrong.
  constexpr double least_jump = 5;
  if (!best || stream_.seconds(best->timestamp) < here + least_jump) return;
  if (!input_->seek(ctx, input_->video(), best->timestamp)) return;
  ahead_.clear();
  ended_ = false;
}

Result<std::unique_ptr<FrameUnit>> GopSource::next(const CallContext& ctx) {
  while (!at_end()) {
    if (!ahead_.empty() && !no_times_ && plan_.over(time_of(*ahead_.front().packet))) break;
    jump(ctx);
    auto unit = SN_TRY(read_unit(ctx));
    const bool useful = unit->planned ? !unit->wanted.empty()
                                      : unit->all || !unit->times.empty() || unit->continued || !unit->ends;
    if (useful) return std::unique_ptr<FrameUnit>(std::move(unit));
  }
  return std::unique_ptr<FrameUnit>();
}

std::vector<std::string> GopSource::warnings() const {
  std::vector<std::string> out;
  if (damaged_ > 0) out.push_back(fmt::format("{} packets of the film are damaged", damaged_));
  constexpr double missing = 0.9;
  if (ended_ && facts_.duration > 1 && latest_ > 0 && latest_ < facts_.duration * missing - 1)
    out.push_back(fmt::format("the film ends at {:.1f} s although it says it is {:.1f} s long", latest_,
                              facts_.duration));
  if (no_times_) out.emplace_back("the film has no time stamps; times were counted from its frame rate");
  return out;
}

}  // namespace sensorium::media::ffmpeg
