// Fields by name; the file to memory, and to the spool when it is no small one.
#include "server/recording_form.h"

#include "base/text.h"

namespace sensorium::server {
namespace {

constexpr std::size_t flush_bytes = 256UL << 10, longest_value = 64UL << 10, longest_label = 100;
constexpr int most_fields = 100;

}  // namespace

RecordingForm::RecordingForm(std::string_view boundary, std::string spool_folder)
    : folder_(std::move(spool_folder)),
      parser_(boundary, {.begin = [this](const net::PartHead& head) { return begin(head); },
                         .data = [this](std::string_view bytes) { return data(bytes); },
                         .end = [this] { return end(); }}) {}

Status RecordingForm::begin(const net::PartHead& head) {
  part_ = head.is_file || head.name == "file" ? Part::file : Part::field;
  if (part_ == Part::file && ++files_ > 1)
    return Error(Code::invalid_request, "The form has more than one file", "Send one recording per request")
        .at("file");
  if (part_ == Part::file) label_ = text::printable(text::shorten(head.filename, longest_label));
  if (++fields_ > most_fields)
    return Error(Code::invalid_request, "The form has more than 100 fields", "Send only the documented ones");
  if (part_ == Part::field) {
    field_ = head.name;
    value_.clear();
  }
  return {};
}

Status RecordingForm::data(std::string_view bytes) {
  if (part_ == Part::file) {
    pending_ += bytes;
    return {};
  }
  if (value_.size() + bytes.size() > longest_value)
    return Error(Code::too_large, "A text field of the form is larger than 64 KiB",
                 "Send the recording as a file, not as a text field")
        .at(text::printable(text::shorten(field_, longest_label)));
  value_ += bytes;
  return {};
}

Status RecordingForm::end() {
  if (part_ == Part::file) return {};
  if (field_ != "response_format") return service::set_transcribe_field(question_, field_, value_);
  response_format_ = value_;
  if (service::transcript_format(value_)) return {};
  return Error(Code::invalid_request, "`response_format` must be json, text, srt, verbose_json or vtt, not " +
                                          text::printable(text::shorten(value_, 40)))
      .at("response_format");
}

bool RecordingForm::wants_flush() const noexcept { return pending_.size() >= flush_bytes; }

Status RecordingForm::flush() {
  if (!spool_) spool_ = SN_TRY(Spool::open(folder_));
  SN_TRY(spool_->append(pending_));
  pending_.clear();
  return {};
}

Result<service::TranscribeQuestion> RecordingForm::finish() {
  SN_TRY(parser_.finish());
  if (files_ == 0)
    return Error(Code::invalid_request, "The form has no file", "Add one: curl -F file=@speech.mp3")
        .at("file");
  question_.recording.label = label_;
  if (spool_) {
    SN_TRY(flush());
    question_.recording.path = spool_->path();
  } else {
    question_.recording.bytes = std::make_shared<const std::string>(std::move(pending_));
  }
  SN_TRY(service::check_transcribe(question_));
  return std::move(question_);
}

}  // namespace sensorium::server
