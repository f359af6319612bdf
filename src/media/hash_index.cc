// Multi-index hashing (Norouzi, Punjani, Fleet 2012) with probing of near parts.
#include "media/hash_index.h"

#include <bit>

namespace sensorium::media {
namespace {

std::uint16_t part_of(std::uint64_t hash, int part) {
  return static_cast<std::uint16_t>(hash >> (16 * part));
}

/// All values within `flips` bits of `value`.
void near_values(std::uint16_t value, int flips, int from, std::vector<std::uint16_t>& out) {
  out.push_back(value);
  if (flips == 0) return;
  for (int bit = from; bit < 16; ++bit)
    near_values(static_cast<std::uint16_t>(value ^ (1U << bit)), flips - 1, bit + 1, out);
}

}  // namespace

void HashIndex::add(std::uint64_t hash) {
  const auto number = static_cast<std::uint32_t>(hashes_.size());
  hashes_.push_back(hash);
  for (int part = 0; part < parts; ++part)
    tables_[static_cast<std::size_t>(part)][part_of(hash, part)].push_back(number);
}

std::optional<std::size_t> HashIndex::nearest(std::uint64_t hash, int distance) const {
  std::optional<std::size_t> best;
  int best_distance = distance + 1;
  const auto consider = [&](std::size_t number) {
    const int apart = std::popcount(hash ^ hashes_[number]);
    if (apart < best_distance || (apart == best_distance && best && number < *best)) {
      best = number;
      best_distance = apart;
    }
  };
  // Below this many, looking at each is quicker than probing.
  constexpr std::size_t few = 2048;
  constexpr int most_flips = 3;
  const int flips = distance / parts;
  if (hashes_.size() < few || flips > most_flips) {
    for (std::size_t i = 0; i < hashes_.size(); ++i) consider(i);
    return best;
  }
  std::vector<std::uint16_t> values;
  for (int part = 0; part < parts; ++part) {
    values.clear();
    near_values(part_of(hash, part), flips, 0, values);
    const auto& table = tables_[static_cast<std::size_t>(part)];
    for (const std::uint16_t value : values)
      if (const auto found = table.find(value); found != table.end())
        for (const std::uint32_t number : found->second) consider(number);
  }
  return best;
}

}  // namespace sensorium::media
