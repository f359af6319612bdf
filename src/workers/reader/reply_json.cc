// Writing the reply; the reading side is src/engine/local/reader_page_json.cc.
#include <fmt/format.h>

#include <cmath>

#include "base/json.h"
#include "media/format.h"
#include "workers/reader/reply.h"

namespace sensorium::reader {
namespace {

json::array box(const Quad& quad, float scale) {
  json::array corners;
  for (const auto& p : quad)
    corners.push_back(json::array{std::lround(p.x * scale), std::lround(p.y * scale)});
  return corners;
}

json::object facts_object(const Reading& reading) {
  const auto& f = reading.picture.facts;
  json::array colours;
  for (const auto& colour : reading.facts.colours)
    colours.push_back(json::object{{"name", colour.name}, {"share", colour.share}});
  const auto& exif = reading.exif;
  return {
      {"format", f.format->name},
      {"bytes", reading.picture.bytes->size()},
      {"frames", f.frames},
      {"megapixels", static_cast<double>(f.size.pixels()) / 1e6},
      {"alpha", f.alpha},
      {"brightness", reading.facts.brightness},
      {"sharpness", reading.facts.sharpness},
      {"colours", std::move(colours)},
      {"phash", fmt::format("{:016x}", reading.facts.phash)},
      {"exif",
       json::object{
           {"camera", exif.camera}, {"date", exif.date}, {"orientation", f.orientation}, {"gps", exif.gps}}}};
}

}  // namespace

std::string reply_json(const Reading& reading) {
  json::array lines, codes;
  for (const auto& line : reading.page.lines)
    lines.push_back(json::object{{"text", line.text},
                                 {"confidence", line.confidence},
                                 {"box", box(line.quad, reading.scale)},
                                 {"source", line.source},
                                 {"script", line.script}});
  for (const auto& code : reading.codes)
    codes.push_back(
        json::object{{"format", code.format}, {"text", code.text}, {"box", box(code.quad, reading.scale)}});
  const auto size = reading.picture.facts.upright_size();
  const auto& t = reading.page.timings;
  return json::serialize(json::object{{"width", size.width},
                                      {"height", size.height},
                                      {"rotation", reading.page.rotation},
                                      {"lines", std::move(lines)},
                                      {"codes", std::move(codes)},
                                      {"facts", facts_object(reading)},
                                      {"timings_ms", json::object{{"decode", reading.decode_ms},
                                                                  {"find", t.find},
                                                                  {"turn", t.turn},
                                                                  {"read", t.read},
                                                                  {"codes_and_facts", reading.rest_ms},
                                                                  {"total", reading.total_ms}}}});
}

}  // namespace sensorium::reader
