// Whisper in a sensorium-speech child, started by the first piece and stopped when idle.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "base/text.h"
#include "engine/local/runtime.h"
#include "engine/remote/upstream_error.h"
#include "engine/speech/form.h"
#include "engine/speech/reply.h"
#include "engine/speech/speech_engines.h"
#include "exec/guard.h"

namespace sensorium::speech {
namespace {

constexpr std::int64_t state_bytes = 250LL << 20;  // of the working states beside the weights
constexpr auto weights_folder = "/engines/speech-weights-1";

int cores() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

/// The worker's own words, with their code.
Error worker_error(int status, std::string_view body) {
  const auto said = upstream::read_error_body(body);
  for (int code = 0; code <= static_cast<int>(Code::internal); ++code)
    if (!said.codes.empty() && facts(static_cast<Code>(code)).name == said.codes.front())
      return Error(static_cast<Code>(code), said.message, "See the line before, or try: sensorium doctor");
  return Error(Code::upstream_unavailable, fmt::format("The speech worker answered with status {}", status),
               "Try again; sensorium doctor checks the installation");
}

class LocalSpeech final : public SpeechEngine {
 public:
  LocalSpeech(const EngineResources& resources, std::string program, const InstalledVoice& voice)
      : http_(resources.http), runtime_(resources.runtime) {
    card_.name = "local/" + voice.name;
    card_.local = card_.words = true;
    card_.translates = !voice.name.ends_with(".en") && !voice.name.contains("turbo");
    card_.parallel = cores() + 1;
    card_.usd_per_minute = 0;
    spec_.name = "speech:" + voice.name;
    spec_.argv = {std::move(program),     "--socket", "{socket}", "--model", voice.path, "--threads",
                  std::to_string(cores())};
    spec_.ready_within = Milliseconds(120'000);
    spec_.idle_stop = runtime_.options().keep_warm;
    spec_.memory_bytes = voice.bytes + state_bytes;
    spec_.memory_hint = "Choose a smaller or quantised one: sensorium models ls";
  }

  const SpeechCard& card() const override { return card_; }

  Task<SpokenPiece> transcribe(const CallContext& ctx, const SpeechRequest& request) override {
    co_return co_await guarded(ctx, ask(ctx, request));
  }

 private:
  Task<SpokenPiece> ask(const CallContext& ctx, const SpeechRequest& request) {
    const local::Lease lease = SN_CO_TRY(co_await runtime_.acquire(ctx, spec_));
    const std::string file = wave_file(request.samples);
    SpeechForm form;
    form.field("job", request.job);
    form.field("response_format", "verbose_json");
    form.field("language", request.language);
    form.field("languages", text::join(request.languages, ","));
    form.field("prompt", request.prompt);
    form.field("beam_size", std::to_string(request.beam));
    form.field("temperature", fmt::format("{}", request.temperature));
    form.field("speech_confidence", fmt::format("{:.4f}", std::clamp(request.confidence, 0.0, 1.0)));
    net::HttpCall call;
    const bool translate = request.task == SpeechTask::translate;
    call.url = net::join(lease.url(), translate ? "/v1/audio/translations" : "/v1/audio/transcriptions");
    call.headers = {{"Authorization", "Bearer " + lease.key()}, {"Content-Type", form.content_type()}};
    call.body = form.body(file);
    call.timeouts.first_byte = Milliseconds(900'000);
    const auto reply = SN_CO_TRY(co_await http_.send(ctx, call));
    if (reply.status != 200) co_return worker_error(reply.status, reply.body);
    const double seconds = static_cast<double>(request.samples.size()) / 16'000.0;
    co_return parse_reply(reply.body, seconds);
  }

  net::HttpClient& http_;
  local::Runtime& runtime_;
  SpeechCard card_;
  local::ChildSpec spec_;
};

/// Larger models hear better; of one model the unquantised comes first.
int rank(std::string_view name) {
  static constexpr std::string_view sizes[] = {"tiny", "base", "small", "medium", "large"};
  int best = 0;
  for (int i = 0; i < 5; ++i)
    if (name.contains(sizes[i])) best = 10 * (i + 1);
  return best + (name.contains("-q") ? 0 : 2) + (name.ends_with(".en") ? 0 : 1);
}

void add_voices(const std::filesystem::path& folder, const std::string& name,
                std::vector<InstalledVoice>& into) {
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failure)) {
    const auto file = entry.path().filename().string();
    if (!file.starts_with("ggml-") || !file.ends_with(".bin")) continue;
    const auto known = name.empty() ? "whisper-" + file.substr(5, file.size() - 9) : name;
    if (std::ranges::find(into, known, &InstalledVoice::name) != into.end()) continue;
    into.push_back({known, entry.path().string(), static_cast<std::int64_t>(entry.file_size(failure))});
  }
}

Result<std::string> speech_program(const local::RuntimeOptions&) {
  std::error_code failure;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failure).parent_path();
  const char* set = std::getenv("SENSORIUM_SPEECH_PROGRAM");
  const std::string candidates[] = {set ? set : "", (self / "sensorium-speech").string(),
                                    "/usr/local/bin/sensorium-speech", "/usr/bin/sensorium-speech"};
  for (const auto& path : candidates)
    if (!path.empty() && std::filesystem::exists(path, failure)) return path;
  return Error(
      Code::not_built_in, "Speech cannot be recognised here: the program sensorium-speech is not there",
      "Build it with: ./dev build (it needs libwhisper, which ./dev setup builds), or name a remote model");
}

}  // namespace

std::vector<InstalledVoice> installed_voices(const std::string& models_dir, const std::string& cache_dir) {
  std::vector<InstalledVoice> voices;
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(models_dir, failure))
    if (entry.is_directory(failure)) add_voices(entry.path(), entry.path().filename().string(), voices);
  add_voices(models_dir, "", voices);
  add_voices(cache_dir + weights_folder, "", voices);
  std::ranges::sort(voices, [](const auto& a, const auto& b) { return rank(a.name) > rank(b.name); });
  return voices;
}

Result<std::unique_ptr<SpeechEngine>> local_engine(const EngineResources& resources,
                                                   const InstalledVoice& voice) {
  auto program = SN_TRY(speech_program(resources.runtime.options()));
  return std::make_unique<LocalSpeech>(resources, std::move(program), voice);
}

}  // namespace sensorium::speech
