// Event streams on arbitrary bytes. Checked besides not crashing: however a stream is cut into
// pieces, the same events come out, and no event is larger than the stream.
#include "net/sse_parser.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace {

using sensorium::net::SseEvent;
using sensorium::net::SseParser;

void require(bool condition) {
  if (!condition) std::abort();
}

std::vector<SseEvent> parse(std::string_view stream, std::size_t piece) {
  SseParser parser;
  SseEvent event;
  std::vector<SseEvent> events;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    require(parser.feed(stream.substr(at, piece)).has_value());
    while (parser.next(event)) events.push_back(event);
  }
  if (parser.finish(event)) events.push_back(event);
  return events;
}

bool same(const SseEvent& a, const SseEvent& b) {
  return a.event == b.event && a.data == b.data && a.id == b.id;
}

void check_small_limit(std::string_view stream) {
  constexpr std::size_t limit = 32;
  SseParser parser(limit);
  SseEvent event;
  for (const char byte : stream) {
    if (!parser.feed({&byte, 1})) return;
    while (parser.next(event)) require(event.data.size() <= limit);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view stream(reinterpret_cast<const char*>(data), size);
  const auto whole = parse(stream, size + 1);
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 64U})
    require(std::ranges::equal(parse(stream, piece), whole, same));
  for (const auto& event : whole) require(event.data.size() <= size);
  check_small_limit(stream);
  return 0;
}
