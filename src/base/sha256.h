// SHA-256 (FIPS 180-4) through OpenSSL, whole and incremental.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace sensorium {

/// 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

/// For data that comes in pieces. Not thread-safe.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(std::string_view bytes);
  std::string finish_hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sensorium
