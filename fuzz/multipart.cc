// Multipart forms: the parts must not depend on how the bytes were cut.
#include "net/multipart.h"

#include <cstdint>
#include <cstdlib>

namespace {

struct Outcome {
  bool ok = false;
  std::string text;
  bool operator==(const Outcome&) const = default;
};

Outcome parse(std::string_view bytes, std::size_t step) {
  using namespace sensorium;
  Outcome out;
  net::MultipartParser parser("XX", {[&](const net::PartHead& head) {
                                       out.text += "<" + head.name + "|" + head.filename + ">";
                                       return Status{};
                                     },
                                     [&](std::string_view data) {
                                       out.text += data;
                                       return Status{};
                                     },
                                     [&] {
                                       out.text += "</>";
                                       return Status{};
                                     }});
  for (std::size_t i = 0; i < bytes.size(); i += step)
    if (!parser.feed(bytes.substr(i, step))) return {};
  out.ok = parser.finish().has_value();
  return out.ok ? out : Outcome{};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (parse(bytes, 4096) != parse(bytes, 1 + size % 7)) std::abort();
  return 0;
}
