// ByteView: numbers out of untrusted bytes; every read outside gives 0 instead of a fault.
// Callers check has() where 0 would be a lie.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sensorium::media {

/// Borrows its bytes. Offsets are absolute; be = big-endian, le = little-endian.
class ByteView {
 public:
  explicit ByteView(std::string_view bytes) noexcept : bytes_(bytes) {}

  std::size_t size() const noexcept { return bytes_.size(); }
  bool has(std::size_t offset, std::size_t count) const noexcept {
    return offset <= bytes_.size() && count <= bytes_.size() - offset;
  }
  std::string_view text(std::size_t offset, std::size_t count) const noexcept {
    return has(offset, count) ? bytes_.substr(offset, count) : std::string_view{};
  }
  std::uint8_t u8(std::size_t offset) const noexcept {
    return offset < bytes_.size() ? static_cast<std::uint8_t>(bytes_[offset]) : std::uint8_t{0};
  }
  std::uint32_t be16(std::size_t at) const noexcept { return join(at, 2, Order::big); }
  std::uint32_t be32(std::size_t at) const noexcept { return join(at, 4, Order::big); }
  std::uint32_t le16(std::size_t at) const noexcept { return join(at, 2, Order::little); }
  std::uint32_t le24(std::size_t at) const noexcept { return join(at, 3, Order::little); }
  std::uint32_t le32(std::size_t at) const noexcept { return join(at, 4, Order::little); }

 private:
  enum class Order : std::uint8_t { big, little };
  std::uint32_t join(std::size_t at, std::size_t count, Order order) const noexcept {
    if (!has(at, count)) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i)
      value = value << 8 | u8(order == Order::big ? at + i : at + count - 1 - i);
    return value;
  }
  std::string_view bytes_;
};

}  // namespace sensorium::media
