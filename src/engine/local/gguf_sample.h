// For tests: writes small GGUF files (version 3) entry by entry.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace sensorium::local::testing {

class GgufSample {
 public:
  GgufSample& text(std::string_view key, std::string_view value) { return entry(key, 8, string(value)); }
  GgufSample& number(std::string_view key, std::uint32_t value) { return entry(key, 4, raw(value)); }
  GgufSample& flag(std::string_view key, std::uint8_t value) { return entry(key, 7, raw(value)); }
  GgufSample& texts(std::string_view key, const std::vector<std::string>& values) {
    std::string body = raw(std::uint32_t{8}) + raw(std::uint64_t{values.size()});
    for (const auto& value : values) body += string(value);
    return entry(key, 9, body);
  }
  GgufSample& tensor(std::string_view name, const std::vector<std::uint64_t>& sizes, std::uint32_t type,
                     std::uint64_t offset) {
    tensors_ += string(name) + raw(static_cast<std::uint32_t>(sizes.size()));
    for (const auto size : sizes) tensors_ += raw(size);
    tensors_ += raw(type) + raw(offset);
    ++tensor_count_;
    return *this;
  }

  std::string header() const {
    return "GGUF" + raw(std::uint32_t{3}) + raw(tensor_count_) + raw(entry_count_) + entries_ + tensors_;
  }
  /// The header and as many zeros as language_model()'s tensors need.
  std::string file(std::size_t data_bytes = 1024 + 2 * 34) const {
    auto result = header();
    result.resize((result.size() + 31) / 32 * 32 + data_bytes);
    return result;
  }

 private:
  template <class T>
  static std::string raw(T value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
  }
  static std::string string(std::string_view value) {
    return raw(std::uint64_t{value.size()}) + std::string(value);
  }
  GgufSample& entry(std::string_view key, std::uint32_t type, const std::string& body) {
    entries_ += string(key) + raw(type) + body;
    ++entry_count_;
    return *this;
  }

  std::string entries_, tensors_;
  std::uint64_t entry_count_ = 0, tensor_count_ = 0;
};

}  // namespace sensorium::local::testing
