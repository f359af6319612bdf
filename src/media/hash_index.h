// HashIndex: all hashes within a distance, without comparing all: four tables by 16 bits each.
// Surprising: exact for any distance: two hashes within d share a 16-bit part that differs in at most d / 4
// bits.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

namespace sensorium::media {

/// Not thread-safe. Memory grows with what is added: about 120 bytes a hash.
class HashIndex {
 public:
  void add(std::uint64_t hash);
  /// The number (in order of add()) of the nearest hash within `distance` bits; the earliest of equals.
  std::optional<std::size_t> nearest(std::uint64_t hash, int distance) const;
  std::size_t size() const noexcept { return hashes_.size(); }

 private:
  static constexpr int parts = 4, part_bits = 16;
  std::vector<std::uint64_t> hashes_;
  std::array<std::unordered_map<std::uint16_t, std::vector<std::uint32_t>>, parts> tables_;
};

}  // namespace sensorium::media
