// The Runtime's face: it finds programs and waits for children without blocking a shard.
#include "engine/local/runtime.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "engine/local/folders.h"
#include "engine/local/process.h"
#include "engine/local/supervisor.h"
#include "exec/guard.h"

namespace sensorium::local {
namespace {

constexpr Milliseconds first_pause{2}, longest_pause{20};

RuntimeOptions completed(RuntimeOptions options) {
  if (options.models_dir.empty()) options.models_dir = default_models_dir();
  if (options.cache_dir.empty()) options.cache_dir = default_cache_dir();
  return options;
}

Error not_there(std::string_view program, std::string_view hint) {
  return Error(Code::not_built_in, fmt::format("The program {} was not found", program), std::string(hint));
}

Result<std::string> chosen(const std::string& program, std::string_view hint) {
  if (auto found = find_program(program)) return *found;
  return not_there(program, hint);
}

// The newest engines/llama-VERSION/bin/llama-server by name.
std::optional<std::string> built_llama(const std::string& cache_dir) {
  std::string best;
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(cache_dir + "/engines", failure)) {
    const auto program = entry.path() / "bin" / "llama-server";
    if (entry.path().filename().string().starts_with("llama-") && find_program(program.string()))
      best = std::max(best, program.string());
  }
  return best.empty() ? std::nullopt : std::optional(best);
}

constexpr std::string_view reader_hint =
    "Build it with: ./dev build (it needs OpenVINO, which ./dev setup fetches)";
constexpr std::string_view llama_hint =
    "Build it once with: tools/fetch/llama.sh, or install llama.cpp so that llama-server is in PATH";

}  // namespace

int child_threads(const RuntimeOptions& options) noexcept {
  if (options.threads > 0) return options.threads;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()) / 2);
}

struct Runtime::Impl {
  explicit Impl(RuntimeOptions given)
      : options(completed(std::move(given))),
        supervisor({options.runtime_dir, options.max_memory_bytes, options.free_memory}) {}
  RuntimeOptions options;
  Supervisor supervisor;
};

Runtime::Runtime(RuntimeOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Runtime::~Runtime() = default;

const RuntimeOptions& Runtime::options() const noexcept { return impl_->options; }

Task<Lease> Runtime::acquire(const CallContext& ctx, const ChildSpec& spec) {
  SN_CO_TRY(ctx.check());
  const auto child = SN_CO_TRY(impl_->supervisor.child(spec));
  const unsigned failures = SN_CO_TRY(child->want(spec));
  for (Milliseconds pause = first_pause;; pause = std::min(pause * 2, longest_pause)) {
    if (auto lease = child->poll(failures)) co_return std::move(*lease);
    SN_CO_TRY(co_await sleep_for(ctx, pause));
  }
}

std::vector<ChildState> Runtime::states() const { return impl_->supervisor.states(); }

Result<std::string> Runtime::reader_program() const {
  if (!impl_->options.reader_program.empty()) return chosen(impl_->options.reader_program, reader_hint);
  if (auto beside = find_program(program_folder() + "/sensorium-reader")) return *beside;
  return chosen("sensorium-reader", reader_hint);
}

Result<std::string> Runtime::llama_program() const {
  if (!impl_->options.llama_program.empty()) return chosen(impl_->options.llama_program, llama_hint);
  if (auto built = built_llama(impl_->options.cache_dir)) return *built;
  return chosen("llama-server", llama_hint);
}

}  // namespace sensorium::local
