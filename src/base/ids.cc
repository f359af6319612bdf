// Identifiers from kernel randomness, drawn 256 bytes at a time per thread: a stream's id lets its
// holder read the stream, so a mere pseudo-random generator would not do.
#include "base/ids.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace sensorium {
namespace {

constexpr std::size_t id_characters = 20;                                // of 5 bits each
constexpr std::string_view base32 = "0123456789abcdefghjkmnpqrstvwxyz";  // Crockford's, lower case

void fill_from_kernel(unsigned char* out, std::size_t size) {
  while (size > 0) {
    const ssize_t got = getrandom(out, size, 0);
    SN_CHECK(got > 0 || errno == EINTR);
    if (got <= 0) continue;
    out += got;
    size -= static_cast<std::size_t>(got);
  }
}

class RandomBytes {
 public:
  unsigned char next() {
    if (at_ == buffer_.size()) {
      fill_from_kernel(buffer_.data(), buffer_.size());
      at_ = 0;
    }
    return std::exchange(buffer_[at_++], static_cast<unsigned char>(0));
  }

 private:
  std::array<unsigned char, 256> buffer_{};
  std::size_t at_ = buffer_.size();
};

}  // namespace

std::string make_id(std::string_view prefix) {
  thread_local RandomBytes random;
  std::string id(prefix);
  if (!id.empty() && id.back() != '-' && id.back() != '_') id += '-';
  for (std::size_t i = 0; i < id_characters; ++i) id += base32[random.next() & 31];
  return id;
}

std::string random_hex(std::size_t bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string raw(bytes, '\0');
  fill_from_kernel(reinterpret_cast<unsigned char*>(raw.data()), raw.size());
  std::string out;
  out.reserve(2 * bytes);
  for (const char c : raw) {
    const auto byte = static_cast<unsigned char>(c);
    out.append({digits[byte >> 4], digits[byte & 15]});
  }
  return out;
}

}  // namespace sensorium
