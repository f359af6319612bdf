// OpenVINO behind Network; its exceptions become Errors here.
#include "workers/reader/network.h"

#include <fmt/format.h>

#include <exception>
#include <openvino/openvino.hpp>

#include "base/log.h"

namespace sensorium::reader {
namespace {

constexpr auto characters_key = "character";

ov::Core& core() {
  static ov::Core instance;
  return instance;
}

std::string characters_of(const ov::Model& model) {
  if (!model.has_rt_info("framework", characters_key)) return {};
  return model.get_rt_info<std::string>("framework", characters_key);
}

}  // namespace

struct Network::Impl {
  ov::CompiledModel model;
  ov::InferRequest request;
  ov::Tensor input;
  std::string metadata;
};

Network::Network(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Network::~Network() = default;
Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;

Result<Network> Network::load(const std::string& path, int threads) {
  try {
    auto impl = std::make_unique<Impl>();
    const auto model = core().read_model(path);
    impl->metadata = characters_of(*model);
    impl->model =
        core().compile_model(model, "CPU",
                             ov::AnyMap{{ov::inference_num_threads(threads)},
                                        {ov::num_streams(1)},
                                        {ov::hint::performance_mode(ov::hint::PerformanceMode::LATENCY)},
                                        {ov::hint::enable_cpu_pinning(false)}});
    impl->request = impl->model.create_infer_request();
    return Network(std::move(impl));
  } catch (const std::exception& e) {
    return Error(Code::misconfigured, fmt::format("The model {} cannot be loaded", path),
                 "Run tools/fetch/reader_weights.sh, or give its folder with --weights")
        .note(e.what());
  }
}

std::span<float> Network::input(const Shape& shape) {
  impl_->input = ov::Tensor(ov::element::f32, ov::Shape(shape.begin(), shape.end()));
  return {impl_->input.data<float>(), impl_->input.get_size()};
}

Result<Tensor> Network::run() {
  try {
    impl_->request.set_input_tensor(impl_->input);
    impl_->request.infer();
    const auto output = impl_->request.get_output_tensor(0);
    const auto& shape = output.get_shape();
    return Tensor{{shape.begin(), shape.end()}, {output.data<const float>(), output.get_size()}};
  } catch (const std::exception& e) {
    return Error(Code::internal, "A recognition network failed", "Report the picture").note(e.what());
  }
}

void Network::rest() {
  try {
    impl_->input = {};
    impl_->request = {};
    impl_->model.release_memory();
    impl_->request = impl_->model.create_infer_request();
  } catch (const std::exception& e) {
    // Memory that is not given back is no reason to fail a reading that is done.
    log::warning("reader", e.what());
  }
}

const std::string& Network::metadata() const noexcept { return impl_->metadata; }

}  // namespace sensorium::reader
