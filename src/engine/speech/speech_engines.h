// The two kinds of speech engine: Whisper in a child process, and servers that speak OpenAI's interface.
#pragma once

#include "engine/registry.h"
#include "engine/speech/speech_engine.h"

namespace sensorium::speech {

/// A file of Whisper weights on this machine.
struct InstalledVoice {
  std::string name;  ///< "whisper-base"
  std::string path;
  std::int64_t bytes = 0;
};

/// Those of the models folder, then those that ./dev fetched into the cache folder; the best first. Blocking,
/// cheap.
std::vector<InstalledVoice> installed_voices(const std::string& models_dir, const std::string& cache_dir);

/// Whisper in a sensorium-speech child. Errors: not_built_in (no such program).
Result<std::unique_ptr<SpeechEngine>> local_engine(const EngineResources& resources,
                                                   const InstalledVoice& voice);

/// `model` at a provider that has /audio/transcriptions.
Result<std::unique_ptr<SpeechEngine>> remote_engine(const EngineResources& resources,
                                                    const EngineSettings& settings, const std::string& model,
                                                    const std::string& key_variable);

}  // namespace sensorium::speech
