// What a caller may ask of a recording and what comes back: the typed form of `sensorium transcribe`, of
// POST /v1/analyze/audio and of OpenAI's transcription routes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "exec/task.h"
#include "service/json_text.h"

namespace sensorium::service {

/// A recording or a film: a file that can be opened by this path, or its bytes. `label` names it in messages.
struct RecordingSource {
  std::string path;
  std::shared_ptr<const std::string> bytes;
  std::string label;
};

enum class SpeechWork : std::uint8_t { transcribe, translate };

struct TranscribeQuestion {
  RecordingSource recording;
  std::string model;                   ///< "" and "auto": a local one, else a provider with a key
  std::string language;                ///< code; "" finds it out
  std::vector<std::string> languages;  ///< only these may be found
  SpeechWork task = SpeechWork::transcribe;
  std::string translate_to;  ///< language that a chat model translates into; "" for none
  std::string translator;    ///< chat model; "" for the default
  std::string glossary;      ///< lines "word = translation"
  std::string prompt;        ///< names and spellings to expect
  int beam = 5;
  double temperature = 0;
  int track = -1;
  bool words = false;  ///< into the reply; they are found in any case
  bool stream = false;
  bool offline = false;
  std::string caller;
  std::optional<Milliseconds> timeout;
  std::vector<std::string> warnings, ignored;
};

struct TranscriptWord {
  std::string text;
  double start = 0, end = 0, probability = 0;
};
struct TranscriptSegment {
  int id = 0;
  double start = 0, end = 0;
  std::string text, language;
  double avg_logprob = 0, no_speech = 0, compression = 0, temperature = 0;
  std::vector<TranscriptWord> words;
  std::string translation;
};

/// sensorium.transcript/1
struct Transcript {
  std::string text, language;
  double language_probability = 0, duration = 0;
  std::vector<TranscriptSegment> segments;
  std::string translated_to;  ///< "" without a translation
  std::string model;
  std::optional<double> cost_usd;
  double recognise_ms = 0, translate_ms = 0, total_ms = 0;
  bool with_words = false;
  SpeechWork task = SpeechWork::transcribe;
  std::vector<std::string> warnings;
};

/// Called on the shard, in the recording's order; awaiting is the back-pressure.
class TranscriptReceiver {
 public:
  virtual ~TranscriptReceiver() = default;
  virtual Task<> segment(const TranscriptSegment&) { co_return Status{}; }
  /// Seconds done of `total`, 0 when unknown.
  virtual Task<> progress(double /*done*/, double /*total*/) { co_return Status{}; }
};

enum class TranscriptFormat : std::uint8_t { text, srt, vtt, tsv, json, verbose_json, full };
std::optional<TranscriptFormat> transcript_format(std::string_view name) noexcept;
std::string_view mime_of(TranscriptFormat format) noexcept;

struct CueLayout {
  int line_width = 42, lines = 2;
  enum class Text : std::uint8_t { original, translation, both } text = Text::original;
};
/// The transcript as a file; `full` is sensorium.transcript/1, `json` and `verbose_json` are OpenAI's.
std::string transcript_as(const Transcript& transcript, TranscriptFormat format,
                          const CueLayout& layout = {});
void write_transcript(JsonText& json, const Transcript& transcript);
std::string segment_json(const TranscriptSegment& segment);

/// Sets a field of a form or an object by its name; unknown ones go to `ignored`. Errors: invalid_request.
Status set_transcribe_field(TranscribeQuestion& question, std::string_view name, std::string_view value);
/// What no single field can tell. Errors: invalid_request.
Status check_transcribe(const TranscribeQuestion& question);

}  // namespace sensorium::service
