// Loading: the memory is looked at before, because an allocation that the system grants may still end the
// process.
#include "workers/speech/model.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/log.h"
#include "base/text.h"

namespace sensorium::speech {
namespace {

constexpr std::uint32_t magic = 0x67676d6c;  // "ggml"
constexpr std::int64_t state_bytes = 250LL << 20;

/// The numbers at the beginning of the file.
struct Shape {
  std::uint32_t magic;
  std::int32_t n_vocab, n_audio_ctx, n_audio_state, n_audio_head, n_audio_layer, n_text_ctx, n_text_state,
      n_text_head, n_text_layer, n_mels, ftype;
};

std::int64_t free_memory() {
  std::ifstream file("/proc/meminfo");
  std::string name;
  std::int64_t kibibytes = 0;
  std::string unit;
  while (file >> name >> kibibytes >> unit)
    if (name == "MemAvailable:") return kibibytes << 10;
  return 0;
}

Result<Shape> read_shape(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return Error(Code::not_found, fmt::format("The speech model {} is not there", path),
                 "Get one: sensorium models pull whisper-base");
  Shape shape{};
  file.read(reinterpret_cast<char*>(&shape), sizeof shape);
  if (!file || shape.magic != magic || shape.n_text_layer <= 0 || shape.n_audio_layer <= 0)
    return Error(Code::misconfigured, fmt::format("{} is no Whisper model in whisper.cpp's format", path),
                 "Pull one: sensorium models pull whisper-base");
  return shape;
}

/// Which heads of the decoder follow the sound; known per size of model.
whisper_alignment_heads_preset heads_of(const Shape& shape, std::string_view name) {
  const bool english = shape.n_vocab == 51864;
  switch (shape.n_text_layer * 100 + shape.n_audio_layer) {
    case 404:
      return english ? WHISPER_AHEADS_TINY_EN : WHISPER_AHEADS_TINY;
    case 606:
      return english ? WHISPER_AHEADS_BASE_EN : WHISPER_AHEADS_BASE;
    case 1212:
      return english ? WHISPER_AHEADS_SMALL_EN : WHISPER_AHEADS_SMALL;
    case 2424:
      return english ? WHISPER_AHEADS_MEDIUM_EN : WHISPER_AHEADS_MEDIUM;
    case 432:
      return WHISPER_AHEADS_LARGE_V3_TURBO;
    case 3232:
      if (shape.n_mels == 128) return WHISPER_AHEADS_LARGE_V3;
      return name.contains("v1") ? WHISPER_AHEADS_LARGE_V1 : WHISPER_AHEADS_LARGE_V2;
    default:
      return WHISPER_AHEADS_N_TOP_MOST;
  }
}

Status enough_memory(const std::string& path) {
  std::error_code failure;
  const auto size = static_cast<std::int64_t>(std::filesystem::file_size(path, failure));
  const std::int64_t free = free_memory();
  if (failure || free == 0 || free > size + state_bytes) return {};
  return Error(Code::overloaded,
               fmt::format("The speech model needs {} of memory, {} are free",
                           text::human_bytes(static_cast<std::uint64_t>(size + state_bytes)),
                           text::human_bytes(static_cast<std::uint64_t>(free))),
               "Choose a smaller or a quantised one: whisper-base-q8_0 needs 330 MB, whisper-tiny 280 MB");
}

void keep_in_log(ggml_log_level level, const char* text, void*) {
  if (level == GGML_LOG_LEVEL_ERROR) log::warning("whisper", text::trim(text));
}

}  // namespace

Result<Model> Model::load(const std::string& path) {
  whisper_log_set(keep_in_log, nullptr);
  const Shape shape = SN_TRY(read_shape(path));
  SN_TRY(enough_memory(path));
  auto params = whisper_context_default_params();
  params.dtw_token_timestamps = true;
  params.dtw_aheads_preset = heads_of(shape, std::filesystem::path(path).filename().string());
  params.dtw_n_top = 2;
  params.flash_attn = false;  // the heads' attention cannot be read out of it
  auto* context = whisper_init_from_file_with_params_no_state(path.c_str(), params);
  if (!context)
    return Error(Code::misconfigured, fmt::format("{} could not be loaded as a Whisper model", path),
                 "It may be cut off: pull it again");
  return Model(context);
}

Result<State> Model::new_state() const {
  State state(whisper_init_state(context_.get()));
  if (!state)
    return Error(Code::overloaded, "There is no memory to recognise one more recording", "Try again later");
  return state;
}

}  // namespace sensorium::speech
