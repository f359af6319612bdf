// Silero VAD 6 at 16 kHz (github.com/snakers4/silero-vad, MIT): short-time spectrum, four convolutions, an
// LSTM. Matrices are kept input-major, so that every inner loop adds one scaled row and needs no horizontal
// sums.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include "media/speech_detector.h"

namespace sensorium::media {
namespace {

constexpr std::size_t context = 64, padding = 64, window = 256, hop = 128, bins = 129, steps = 4, width = 128;
constexpr std::size_t largest_file = 8UL << 20;

/// One layer: `rows` inputs (times kernel) by `columns` outputs.
struct Matrix {
  std::size_t rows = 0, columns = 0;
  std::vector<float> values;
  const float* row(std::size_t i) const noexcept { return values.data() + i * columns; }
};

[[gnu::always_inline]] inline void add_scaled(float* out, const float* row, float factor, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] += factor * row[i];
}

struct Layer {
  Matrix weights;
  std::vector<float> bias;
};

}  // namespace

class SileroWeights {
 public:
  Layer spectrum, conv1, conv2, conv3, conv4, input, hidden, last;
};

namespace {

using Frames = std::array<std::array<float, 264>, steps>;

/// A convolution of kernel 3, padding 1 and its ReLU over `in_steps` columns of `in`.
[[gnu::always_inline]] inline std::size_t convolve(const Layer& layer, const Frames& in, std::size_t in_steps,
                                                   std::size_t stride, Frames& out) {
  const std::size_t channels = layer.weights.rows / 3, n = layer.weights.columns;
  const std::size_t out_steps = (in_steps + stride - 1) / stride;
  for (std::size_t t = 0; t < out_steps; ++t) std::copy_n(layer.bias.begin(), n, out[t].begin());
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t k = 0; k < 3; ++k) {
      const float* row = layer.weights.row(c * 3 + k);
      for (std::size_t t = 0; t < out_steps; ++t) {
        const std::size_t at = t * stride + k;  // one ahead, because of the padding
        if (at >= 1 && at <= in_steps) add_scaled(out[t].data(), row, in[at - 1][c], n);
      }
    }
  for (std::size_t t = 0; t < out_steps; ++t)
    for (std::size_t i = 0; i < n; ++i) out[t][i] = std::max(out[t][i], 0.0F);
  return out_steps;
}

struct Memory {
  std::array<float, context> before{};
  std::array<float, width> hidden{}, cell{};
};

[[gnu::always_inline]] inline void spectrum(const SileroWeights& weights, const float* samples, Frames& out) {
  Frames raw{};
  for (std::size_t n = 0; n < window; ++n) {
    const float* row = weights.spectrum.weights.row(n);
    for (std::size_t t = 0; t < steps; ++t) add_scaled(raw[t].data(), row, samples[t * hop + n], 2 * bins);
  }
  for (std::size_t t = 0; t < steps; ++t)
    for (std::size_t i = 0; i < bins; ++i)
      out[t][i] = std::sqrt(raw[t][i] * raw[t][i] + raw[t][i + bins] * raw[t][i + bins]);
}

float sigmoid(float x) noexcept { return 1.0F / (1.0F + std::exp(-x)); }

[[gnu::always_inline]] inline float remember(const SileroWeights& weights, const float* heard,
                                             Memory& memory) {
  std::array<float, 4 * width> gates{};
  for (std::size_t i = 0; i < gates.size(); ++i) gates[i] = weights.input.bias[i] + weights.hidden.bias[i];
  for (std::size_t i = 0; i < width; ++i) {
    add_scaled(gates.data(), weights.input.weights.row(i), heard[i], gates.size());
    add_scaled(gates.data(), weights.hidden.weights.row(i), memory.hidden[i], gates.size());
  }
  float sum = weights.last.bias[0];
  for (std::size_t i = 0; i < width; ++i) {
    memory.cell[i] =
        sigmoid(gates[width + i]) * memory.cell[i] + sigmoid(gates[i]) * std::tanh(gates[2 * width + i]);
    memory.hidden[i] = sigmoid(gates[3 * width + i]) * std::tanh(memory.cell[i]);
    sum += std::max(memory.hidden[i], 0.0F) * weights.last.weights.values[i];
  }
  return sigmoid(sum);
}

/// The whole network for one frame; `samples` has context, frame and mirrored padding.
[[gnu::always_inline]] inline float network(const SileroWeights& weights, const float* samples,
                                            Memory& memory) {
  Frames a{}, b{};
  spectrum(weights, samples, a);
  std::size_t n = convolve(weights.conv1, a, steps, 1, b);
  n = convolve(weights.conv2, b, n, 2, a);
  n = convolve(weights.conv3, a, n, 2, b);
  convolve(weights.conv4, b, n, 1, a);
  return remember(weights, a[0].data(), memory);
}

float run_plain(const SileroWeights& weights, const float* samples, Memory& memory) {
  return network(weights, samples, memory);
}
#if defined(__x86_64__)
// The same code for wider registers: four times as fast.
[[gnu::target("avx2,fma")]] float run_wide(const SileroWeights& weights, const float* samples,
                                           Memory& memory) {
  return network(weights, samples, memory);
}
const auto run = [] {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? run_wide : run_plain;
};
#else
const auto run = [] { return run_plain; };
#endif

class Silero final : public SpeechDetector {
 public:
  explicit Silero(std::shared_ptr<const SileroWeights> weights) : weights_(std::move(weights)), run_(run()) {}
  std::string_view name() const noexcept override { return "silero"; }

  float probability(std::span<const float, detector_frame> frame) override {
    std::array<float, context + detector_frame + padding> samples;
    std::copy(memory_.before.begin(), memory_.before.end(), samples.begin());
    std::copy(frame.begin(), frame.end(), samples.begin() + context);
    constexpr std::size_t end = context + detector_frame;
    for (std::size_t i = 0; i < padding; ++i) samples[end + i] = samples[end - 2 - i];
    std::copy(frame.end() - context, frame.end(), memory_.before.begin());
    return run_(*weights_, samples.data(), memory_);
  }

 private:
  std::shared_ptr<const SileroWeights> weights_;
  float (*run_)(const SileroWeights&, const float*, Memory&);
  Memory memory_;
};

Error wrong_file(std::string_view what) {
  return Error(Code::misconfigured, fmt::format("The speech detector's weights are not usable: {}", what),
               "Remove the file and run tools/fetch/speech_weights.sh");
}

/// The header's entry for `name`: where its numbers lie. The file is ours; its JSON is flat and small.
Result<std::span<const float>> find(std::string_view file, std::string_view header, std::string_view name,
                                    std::size_t count) {
  const auto at = header.find(fmt::format("\"{}\"", name));
  constexpr std::string_view mark = "\"data_offsets\"";
  const auto offsets = at == std::string_view::npos ? at : header.find(mark, at);
  const auto open = offsets == std::string_view::npos ? offsets : header.find('[', offsets + mark.size());
  if (open == std::string_view::npos) return wrong_file(fmt::format("{} is missing", name));
  std::size_t begin = 0;
  std::from_chars(header.data() + open + 1, header.data() + header.size(), begin);
  const std::size_t base = 8 + header.size() + begin;
  if (begin > file.size() || base + count * sizeof(float) > file.size() || base % alignof(float) != 0)
    return wrong_file(fmt::format("{} lies outside of the file", name));
  return std::span(reinterpret_cast<const float*>(file.data() + base), count);
}

/// Output-major [out][in] numbers as our input-major rows.
Matrix turned(std::span<const float> from, std::size_t outputs, std::size_t inputs) {
  Matrix matrix{inputs, outputs, std::vector<float>(inputs * outputs)};
  for (std::size_t o = 0; o < outputs; ++o)
    for (std::size_t i = 0; i < inputs; ++i) matrix.values[i * outputs + o] = from[o * inputs + i];
  return matrix;
}

struct Source {
  std::string_view file, header;
  Status fill(Layer& layer, const std::string& weight, const std::string& bias, std::size_t outputs,
              std::size_t inputs) const {
    layer.weights = turned(SN_TRY(find(file, header, weight, outputs * inputs)), outputs, inputs);
    if (bias.empty()) return {};
    const auto values = SN_TRY(find(file, header, bias, outputs));
    layer.bias.assign(values.begin(), values.end());
    return {};
  }
};

}  // namespace

Result<std::shared_ptr<const SileroWeights>> load_silero(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in)
    return Error(Code::not_found, fmt::format("The speech detector's weights are not at {}", path),
                 "Run tools/fetch/speech_weights.sh");
  std::string file(largest_file, '\0');
  in.read(file.data(), static_cast<std::streamsize>(file.size()));
  file.resize(static_cast<std::size_t>(in.gcount()));
  std::uint64_t length = 0;
  if (file.size() > sizeof length) std::memcpy(&length, file.data(), sizeof length);
  if (length == 0 || length > file.size() - sizeof length) return wrong_file("it is no safetensors file");
  const Source source{file, std::string_view(file).substr(8, length)};
  auto weights = std::make_shared<SileroWeights>();
  SN_TRY(source.fill(weights->spectrum, "stft_conv.weight", "", 2 * bins, window));
  SN_TRY(source.fill(weights->conv1, "conv1.weight", "conv1.bias", width, bins * 3));
  SN_TRY(source.fill(weights->conv2, "conv2.weight", "conv2.bias", 64, width * 3));
  SN_TRY(source.fill(weights->conv3, "conv3.weight", "conv3.bias", 64, 64UL * 3));
  SN_TRY(source.fill(weights->conv4, "conv4.weight", "conv4.bias", width, 64UL * 3));
  SN_TRY(source.fill(weights->input, "lstm_cell.weight_ih", "lstm_cell.bias_ih", 4 * width, width));
  SN_TRY(source.fill(weights->hidden, "lstm_cell.weight_hh", "lstm_cell.bias_hh", 4 * width, width));
  SN_TRY(source.fill(weights->last, "final_conv.weight", "final_conv.bias", 1, width));
  return std::shared_ptr<const SileroWeights>(std::move(weights));
}

std::unique_ptr<SpeechDetector> make_silero(std::shared_ptr<const SileroWeights> weights) {
  return std::make_unique<Silero>(std::move(weights));
}

}  // namespace sensorium::media
