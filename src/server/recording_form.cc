// Fields by name; the file to memory, and to the spool when it is no small one.
#include "server/recording_form.h"

#include "base/text.h"

namespace sensorium::server {
namespace {

constexpr std::size_t max_field_bytes = 64UL << 10, max_text_bytes = 100 * max_field_bytes;
constexpr FormLimits limits{max_field_bytes, max_text_bytes, "A text field of the form is larger than 64 KiB",
                            "Send the recording as a file, not as a text field"};

}  // namespace

RecordingForm::RecordingForm(std::string_view boundary, std::string spool_folder)
    : Form(boundary, std::move(spool_folder), limits) {}

Result<FormFile*> RecordingForm::begin_file(const net::PartHead& head) {
  if (std::exchange(has_recording_, true))
    return Error(Code::invalid_request, "The form has more than one file", "Send one recording per request")
        .at("file");
  recording_.label = label_of(head);
  SN_TRY(count_part());
  return &recording_;
}

Status RecordingForm::set_field(std::string_view name, std::string_view value) {
  if (name != "response_format") return service::set_transcribe_field(question_, name, value);
  response_format_ = value;
  if (service::transcript_format(value)) return {};
  return Error(Code::invalid_request, "`response_format` must be json, text, srt, verbose_json or vtt, not " +
                                          text::printable(text::shorten(value, 40)))
      .at("response_format");
}

Result<service::TranscribeQuestion> RecordingForm::finish() {
  SN_TRY(end_of_form());
  if (!has_recording_)
    return Error(Code::invalid_request, "The form has no file", "Add one: curl -F file=@speech.mp3")
        .at("file");
  question_.recording.label = recording_.label;
  if (recording_.spool) {
    SN_TRY(flush(recording_));
    question_.recording.path = recording_.spool->path();
  } else {
    question_.recording.bytes = std::make_shared<const std::string>(std::move(recording_.pending));
  }
  SN_TRY(service::check_transcribe(question_));
  return std::move(question_);
}

}  // namespace sensorium::server
