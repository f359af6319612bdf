// RecordingForm: a multipart form with one recording that becomes a transcription question.
// Surprising: the recording stays in the spool while it is read; however long it is, memory does not grow.
#pragma once

#include <string>

#include "server/form.h"
#include "service/transcript.h"

namespace sensorium::server {

/// The question points into this object.
class RecordingForm final : public Form {
 public:
  RecordingForm(std::string_view boundary, std::string spool_folder);

  /// The question, checked. Blocking. Errors: invalid_request, misconfigured.
  Result<service::TranscribeQuestion> finish();
  /// "json", "srt", ...: the field response_format; "" when it was not given.
  const std::string& response_format() const noexcept { return response_format_; }

 private:
  Result<FormFile*> begin_file(const net::PartHead& head) override;
  Status set_field(std::string_view name, std::string_view value) override;

  service::TranscribeQuestion question_;
  FormFile recording_;
  bool has_recording_ = false;
  std::string response_format_;
};

}  // namespace sensorium::server
