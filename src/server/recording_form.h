// RecordingForm: a multipart form with one recording that becomes a transcription question.
// Surprising: the recording stays in the spool while it is read; however long it is, memory does not grow.
#pragma once

#include <optional>
#include <string>

#include "net/multipart.h"
#include "server/spool.h"
#include "service/transcript.h"

namespace sensorium::server {

/// Feed pieces, and flush() on a pool whenever wants_flush(); then finish() on a pool. Not thread-safe. The
/// question points into this object.
class RecordingForm {
 public:
  RecordingForm(std::string_view boundary, std::string spool_folder);
  RecordingForm(const RecordingForm&) = delete;
  RecordingForm& operator=(const RecordingForm&) = delete;

  Status feed(std::string_view piece) { return parser_.feed(piece); }
  bool wants_flush() const noexcept;
  /// Blocking.
  Status flush();
  /// The question, checked. Blocking. Errors: invalid_request, misconfigured.
  Result<service::TranscribeQuestion> finish();
  /// "json", "srt", ...: the field response_format; "" when it was not given.
  const std::string& response_format() const noexcept { return response_format_; }

 private:
  Status begin(const net::PartHead& head);
  Status data(std::string_view bytes);
  Status end();

  std::string folder_, field_, value_, label_, pending_, response_format_;
  std::optional<Spool> spool_;
  service::TranscribeQuestion question_;
  enum class Part : std::uint8_t { field, file, skipped } part_ = Part::field;
  int files_ = 0, fields_ = 0;
  net::MultipartParser parser_;
};

}  // namespace sensorium::server
