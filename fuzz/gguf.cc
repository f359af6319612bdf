// The GGUF header reader on arbitrary bytes. Checked besides not crashing: a header that was read whole
// reads the same with more bytes behind it, and every shorter beginning asks for more or is refused.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/text.h"
#include "engine/local/gguf.h"

namespace {

using namespace sensorium;

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto parsed = local::parse_gguf(input);
  if (!parsed) {
    require(!parsed.error().message.empty() && text::valid_utf8(parsed.error().message));
    return 0;
  }
  const auto half = local::parse_gguf(input.substr(0, size / 2));
  if (!*parsed) {
    require(half && !*half);
    return 0;
  }
  require((*parsed)->file_bytes >= 0 && (*parsed)->context_tokens >= 0 &&
          (*parsed)->cache_bytes_per_token >= 0);
  require(text::valid_utf8((*parsed)->name) && text::valid_utf8((*parsed)->architecture));
  const auto longer = local::parse_gguf(std::string(input) + "trailing bytes");
  require(longer && *longer && (*longer)->file_bytes == (*parsed)->file_bytes);
  return 0;
}
