// Find, turn, read, order.
#include "workers/reader/page.h"

#include <algorithm>

#include "workers/reader/finder.h"
#include "workers/reader/line_reader.h"
#include "workers/reader/reading_order.h"
#include "workers/reader/script.h"
#include "workers/reader/turn.h"

namespace sensorium::reader {
namespace {

// The reference keeps lines from 0.5 on; on photographs of cats and engines such lines are texture. Letters
// on their own need more, since texture looks like one letter before it looks like three.
constexpr float min_confidence = 0.75F;
constexpr float min_confidence_short = 0.88F;
constexpr std::size_t short_text = 3;  // characters

bool believable(const LineText& line) {
  const auto length = characters(line.text).size();
  return length > 0 && line.confidence >= (length < short_text ? min_confidence_short : min_confidence);
}

class Stopwatch {
 public:
  /// Milliseconds since the last lap.
  double lap() {
    const auto now = SteadyClock::now();
    return std::chrono::duration<double, std::milli>(now - std::exchange(last_, now)).count();
  }

 private:
  TimePoint last_ = SteadyClock::now();
};

}  // namespace

Result<Page> PageReader::read(const CallContext& ctx, const Image& original) {
  Page page;
  Stopwatch watch;
  auto found = SN_TRY(find_page(ctx, models_, original));
  page.timings.find = watch.lap();

  Image turned_image;
  const Image* image = &original;
  int turns = 0;
  if (runs_sideways(found)) {
    turns = 1;
    turned_image = rotated(original, turns);
    image = &turned_image;
    found = SN_TRY(find_page(ctx, models_, *image));
  }
  if (SN_TRY(is_upside_down(models_, *image, found))) {
    for (auto& line : found) line.quad = turned(line.quad, image->size, 2);
    // A quad names its corners in reading direction; half a turn renames them.
    for (auto& line : found) std::ranges::rotate(line.quad, line.quad.begin() + 2);
    turned_image = rotated(*image, 2);
    image = &turned_image;
    turns += 2;
  }
  models_.rest();
  page.rotation = turns * 90;
  page.timings.turn = watch.lap();

  std::vector<Quad> quads;
  for (const auto& line : found) quads.push_back(line.quad);
  auto expect = Expect::anything;
  for (const auto index : reading_order(quads)) {
    SN_TRY(ctx.check());
    auto text = SN_TRY(read_line(models_, latin_, line_image(*image, quads[index]), expect));
    expect = script_of(text.text) == "han" ? Expect::han : Expect::anything;
    if (!believable(text)) continue;
    const auto quad = turned(quads[index], image->size, 4 - turns);
    page.lines.push_back({quad, std::move(text.text), text.confidence, text.source, {}});
    page.lines.back().script = script_of(page.lines.back().text);
  }
  if (page.lines.empty()) page.rotation = 0;  // texture has no direction
  page.timings.read = watch.lap();
  return page;
}

}  // namespace sensorium::reader
