// Base64 and data URLs on arbitrary text. Checked besides not crashing: every kernel gives the same
// answer, and what was decoded comes back when encoded and decoded again.
#include "base/base64.h"

#include <cstdint>
#include <cstdlib>

#include "base/base64_kernels.h"

namespace {

using namespace sensorium;

void require(bool condition) {
  if (!condition) std::abort();
}

bool same(const Result<std::string>& a, const Result<std::string>& b) {
  return a && b ? *a == *b : !a && !b && a.error().message == b.error().message;
}

void check_decode(std::string_view text) {
  const auto fastest = base64_decode(text);
  for (std::size_t first = 0; first < base64::kernels().size(); ++first)
    require(same(base64::decode_with(base64::kernels().subspan(first), text), fastest));
  if (fastest) require(base64_decode(base64_encode(*fastest)).value() == *fastest);
}

void check_encode(std::string_view bytes) {
  const std::string text = base64_encode(bytes);
  require(text.size() == base64_size(bytes.size()));
  require(base64_decode(text).value() == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check_decode(input);
  check_encode(input);
  if (const auto url = decode_data_url(input)) require(is_data_url(input) && !url->mime.empty());
  return 0;
}
