// JSON to a question: the recording as base64 or data URL, everything else by the names of the form's fields.
#include "service/transcript_json.h"

#include "base/base64.h"
#include "base/json.h"
#include "base/text.h"

namespace sensorium::service {
namespace {

Status set_recording(TranscribeQuestion& question, std::string_view name, std::string_view value) {
  std::string_view encoded = value;
  if (name == "audio_url") {
    if (!value.starts_with("data:"))
      return Error(Code::fetch_refused, "Recordings are not fetched from addresses yet",
                   "Send the file itself, as multipart or in audio_base64")
          .at("audio_url");
    const auto comma = value.find(",");
    if (comma == std::string_view::npos || !value.substr(0, comma).ends_with(";base64"))
      return Error(Code::invalid_request, "`audio_url` is no base64 data URL").at("audio_url");
    encoded.remove_prefix(comma + 1);
  }
  auto bytes = base64_decode(encoded);
  if (!bytes)
    return Error(Code::invalid_request, "`" + std::string(name) + "` is not base64").at(std::string(name));
  question.recording.bytes = std::make_shared<const std::string>(std::move(*bytes));
  question.recording.label = name;
  return {};
}

std::string as_text(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  return value.is_null() ? std::string() : json::serialize(value);
}

}  // namespace

Result<TranscribeQuestion> parse_transcribe(std::string_view body) {
  const auto parsed = SN_TRY(json::parse(body));
  if (!parsed.is_object())
    return Error(Code::invalid_request, "The body must be a JSON object",
                 R"(For example {"audio_base64":"..."})");
  TranscribeQuestion question;
  for (const auto& [key, value] : parsed.get_object()) {
    const std::string_view name(key.data(), key.size());
    const bool recording = name == "audio_url" || name == "audio_base64";
    if (recording && !value.is_string())
      return Error(Code::invalid_request, "`" + std::string(name) + "` must be text").at(std::string(name));
    if (recording) {
      SN_TRY(set_recording(question, name, value.get_string()));
    } else if (value.is_array() || value.is_object()) {
      return Error(Code::invalid_request,
                   "`" + text::printable(text::shorten(name, 60)) + "` must be a single value")
          .at(text::printable(text::shorten(name, 60)));
    } else {
      SN_TRY(set_transcribe_field(question, name, as_text(value)));
    }
  }
  SN_TRY(check_transcribe(question));
  return question;
}

}  // namespace sensorium::service
