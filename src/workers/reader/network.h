// Network: one compiled model on the CPU. The only place that sees OpenVINO.
// Surprising: each new input shape costs about 15 ms once (kernels are generated for it), so callers
// round their shapes; memory of the largest shape is kept until rest() is called.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace sensorium::reader {

/// Number of pictures, channels, rows, columns.
using Shape = std::array<std::size_t, 4>;

struct Tensor {
  std::vector<std::size_t> shape;
  std::span<const float> values;  ///< valid until the network's next run
};

/// Not thread-safe.
class Network {
 public:
  /// Errors: misconfigured when the file is missing or is no model.
  static Result<Network> load(const std::string& path, int threads);
  ~Network();
  Network(Network&&) noexcept;
  Network& operator=(Network&&) noexcept;

  /// Where to write the next input; contents are undefined. Valid until run().
  std::span<float> input(const Shape& shape);
  /// The first output for what was written. Errors: internal.
  Result<Tensor> run();
  /// Gives the memory of past runs back to the system; the next run is a little slower.
  void rest();
  /// The value of `key` in the model's metadata, "" if absent.
  const std::string& metadata() const noexcept;

 private:
  struct Impl;
  explicit Network(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sensorium::reader
