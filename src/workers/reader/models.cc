// Shapes and scaling for the three networks.
#include "workers/reader/models.h"

#include <algorithm>
#include <cmath>

namespace sensorium::reader {
namespace {

constexpr int line_height = 48;
constexpr int direction_width = 192;
constexpr int shape_step = 160;  // recognition widths are rounded up to it: see Network on new shapes
constexpr int max_line_width = 2560;
constexpr int detection_step = 32;  // the detection network halves its input five times
constexpr int detection_shape_step = 160;

int round_up(int value, int step) noexcept { return (value + step - 1) / step * step; }

/// The line at the height that networks expect, its width `stretch` times what is in proportion but at
/// most `max_width`.
Image at_line_height(const Image& line, float stretch, int max_width) {
  const float ratio = stretch * static_cast<float>(line.size.width) / static_cast<float>(line.size.height);
  const int width = std::clamp(static_cast<int>(std::ceil(ratio * line_height)), 1, max_width);
  return resized(line, {width, line_height});
}

void fill(std::span<float> input, const Image& image, int width) {
  std::ranges::fill(input, 0.0F);
  to_planes(image, input, static_cast<std::size_t>(width),
            static_cast<std::size_t>(width) * static_cast<std::size_t>(image.size.height));
}

}  // namespace

std::string Recognised::text() const {
  std::string out;
  for (const auto& glyph : glyphs) out += glyph.text;
  return out;
}

Result<Models> Models::load(const std::string& folder, int threads) {
  auto detection = SN_TRY(Network::load(folder + "/detection.onnx", threads));
  auto direction = SN_TRY(Network::load(folder + "/direction.onnx", threads));
  auto recognition = SN_TRY(Network::load(folder + "/recognition.onnx", threads));
  if (recognition.metadata().empty())
    return Error(Code::misconfigured, folder + "/recognition.onnx does not carry its list of characters",
                 "Run tools/fetch/reader_weights.sh");
  Alphabet alphabet(recognition.metadata());
  return Models(std::move(detection), std::move(direction), std::move(recognition), std::move(alphabet));
}

Result<std::vector<FoundLine>> Models::find(const Image& image, float scale) {
  const auto side = [scale](int pixels) {
    return std::max(
        round_up(static_cast<int>(std::lround(static_cast<float>(pixels) * scale)), detection_step),
        detection_step);
  };
  // Scaled to whole steps of the network, then padded to few distinct shapes.
  const media::Size size{side(image.size.width), side(image.size.height)};
  const media::Size padded{round_up(size.width, detection_shape_step),
                           round_up(size.height, detection_shape_step)};
  const auto input = detection_.input(
      {1, 3, static_cast<std::size_t>(padded.height), static_cast<std::size_t>(padded.width)});
  std::ranges::fill(input, 1.0F);
  to_planes(resized(image, size), input, static_cast<std::size_t>(padded.width),
            static_cast<std::size_t>(padded.pixels()));
  const auto output = SN_TRY(detection_.run());
  auto lines = find_lines(output.values, padded);
  const float sx = static_cast<float>(image.size.width) / static_cast<float>(size.width);
  const float sy = static_cast<float>(image.size.height) / static_cast<float>(size.height);
  for (auto& line : lines) {
    for (auto& p : line.quad) p = {p.x * sx, p.y * sy};
    line.quad = clamped(line.quad, image.size);
  }
  std::erase_if(lines, [](const FoundLine& l) { return std::min(width(l.quad), height(l.quad)) <= 3; });
  return lines;
}

Result<float> Models::upside_down(const Image& line) {
  const auto image = at_line_height(line, 1, direction_width);
  fill(direction_.input({1, 3, line_height, direction_width}), image, direction_width);
  const auto output = SN_TRY(direction_.run());
  return output.values[1];
}

Result<Recognised> Models::read(const Image& line, float stretch) {
  const auto image = at_line_height(line, stretch, max_line_width);
  const int padded = round_up(image.size.width, shape_step);
  fill(recognition_.input({1, 3, line_height, static_cast<std::size_t>(padded)}), image, padded);
  const auto output = SN_TRY(recognition_.run());
  if (output.shape.size() != 3 || output.shape[2] != alphabet_.classes())
    return Error(Code::misconfigured, "The recognition model does not fit its list of characters",
                 "Run tools/fetch/reader_weights.sh");
  Recognised out;
  out.glyphs = decode(output.values, output.shape[1], alphabet_);
  out.columns =
      static_cast<float>(output.shape[1]) * static_cast<float>(image.size.width) / static_cast<float>(padded);
  for (const auto& glyph : out.glyphs)
    out.confidence += glyph.likelihood / static_cast<float>(out.glyphs.size());
  return out;
}

void Models::rest() { detection_.rest(); }

}  // namespace sensorium::reader
