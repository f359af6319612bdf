// Fields of transcription requests by name: OpenAI's, ours, and the flags of the terminal speak the same
// ones.
#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/text.h"
#include "engine/speech/reply.h"
#include "service/transcript.h"

namespace sensorium::service {
namespace {

constexpr std::size_t longest_text = 8UL << 10;
constexpr int widest_beam = 8, most_tracks = 64;

Error wrong(std::string_view name, std::string_view wanted) {
  return Error(Code::invalid_request, fmt::format("`{}` must be {}", name, wanted)).at(std::string(name));
}

Result<double> number(std::string_view name, std::string_view text, double low, double high) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !(value >= low && value <= high))
    return wrong(name, fmt::format("a number from {} to {}", low, high));
  return value;
}

Result<bool> truth(std::string_view name, std::string_view text) {
  const std::string lower = text::lower(text);
  if (lower == "true" || lower == "1" || lower.empty()) return true;
  if (lower == "false" || lower == "0") return false;
  return wrong(name, "true or false");
}

Result<std::string> language(std::string_view name, std::string_view text) {
  if (text.empty() || text::lower(text) == "auto") return std::string();
  const auto code = speech::language_code(text);
  if (!code.empty()) return code;
  return Error(Code::invalid_request,
               fmt::format("`{}` is no language: {}", name, text::printable(text::shorten(text, 40))),
               "Give a code like en, zh, de, or auto")
      .at(std::string(name));
}

using Setter = Status (*)(TranscribeQuestion&, std::string_view, std::string_view);
struct Field {
  std::string_view name;
  Setter set;
};

Status set_text(std::string& into, std::string_view name, std::string_view value) {
  if (value.size() > longest_text) return wrong(name, "at most 8 KiB of text");
  into = value;
  return {};
}

Status set_languages(TranscribeQuestion& question, std::string_view name, std::string_view value) {
  for (const auto part : text::split(value, ','))
    if (auto code = SN_TRY(language(name, text::trim(part))); !code.empty())
      question.languages.push_back(code);
  return {};
}

Status set_task(TranscribeQuestion& question, std::string_view name, std::string_view value) {
  if (value != "transcribe" && value != "translate") return wrong(name, "transcribe or translate");
  question.task = value == "translate" ? SpeechWork::translate : SpeechWork::transcribe;
  return {};
}

constexpr auto fields = std::to_array<Field>({
    {"model", [](auto& q, auto name, auto v) { return set_text(q.model, name, v); }},
    {"prompt", [](auto& q, auto name, auto v) { return set_text(q.prompt, name, v); }},
    {"initial_prompt", [](auto& q, auto name, auto v) { return set_text(q.prompt, name, v); }},
    {"translator", [](auto& q, auto name, auto v) { return set_text(q.translator, name, v); }},
    {"glossary", [](auto& q, auto name, auto v) { return set_text(q.glossary, name, v); }},
    {"translate_to", [](auto& q, auto name, auto v) { return set_text(q.translate_to, name, v); }},
    {"language",
     [](auto& q, auto name, auto v) -> Status {
       q.language = SN_TRY(language(name, v));
       return {};
     }},
    {"languages", set_languages},
    {"task", set_task},
    {"temperature",
     [](auto& q, auto name, auto v) -> Status {
       q.temperature = SN_TRY(number(name, v, 0, 1));
       return {};
     }},
    {"beam_size",
     [](auto& q, auto name, auto v) -> Status {
       q.beam = static_cast<int>(SN_TRY(number(name, v, 1, widest_beam)));
       return {};
     }},
    {"track",
     [](auto& q, auto name, auto v) -> Status {
       q.track = static_cast<int>(SN_TRY(number(name, v, 0, most_tracks)));
       return {};
     }},
    {"word_timestamps",
     [](auto& q, auto name, auto v) -> Status {
       q.words = SN_TRY(truth(name, v));
       return {};
     }},
    {"timestamp_granularities[]",
     [](auto& q, auto name, auto v) -> Status {
       if (v != "word" && v != "segment") return wrong(name, "word or segment");
       if (v == "word") q.words = true;
       return {};
     }},
    {"stream",
     [](auto& q, auto name, auto v) -> Status {
       q.stream = SN_TRY(truth(name, v));
       return {};
     }},
    {"offline",
     [](auto& q, auto name, auto v) -> Status {
       q.offline = SN_TRY(truth(name, v));
       return {};
     }},
    {"timeout",
     [](auto& q, auto, auto v) -> Status {
       q.timeout = SN_TRY(text::parse_duration(v));
       return {};
     }},
});

}  // namespace

Status set_transcribe_field(TranscribeQuestion& question, std::string_view name, std::string_view value) {
  for (const Field& field : fields)
    if (field.name == name) return field.set(question, name, text::trim(value));
  question.ignored.emplace_back(text::printable(text::shorten(name, 60)));
  return {};
}

Status check_transcribe(const TranscribeQuestion& question) {
  if (question.recording.path.empty() && !question.recording.bytes)
    return Error(Code::invalid_request, "There is no recording", "Send one: curl -F file=@speech.mp3")
        .at("file");
  if (question.task == SpeechWork::translate && !question.translate_to.empty())
    return Error(Code::invalid_request, "`task` translate and `translate_to` exclude each other",
                 "task translate is the speech model's own translation to English; translate_to uses a chat "
                 "model")
        .at("translate_to");
  return {};
}

}  // namespace sensorium::service
