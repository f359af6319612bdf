// UploadForm: a multipart form that becomes a question: fields by name, files to the spool.
// Surprising: a file stays in memory until it outgrows a small buffer; most pictures never touch the disk.
#pragma once

#include <string>
#include <vector>

#include "net/multipart.h"
#include "server/spool.h"
#include "service/question.h"

namespace sensorium::server {

/// Feed pieces, and flush() on a pool whenever wants_flush(); then finish() on a pool. Not thread-safe.
class UploadForm {
 public:
  /// `prompt` is what is asked where the form asks nothing; `check` judges the question at the end.
  UploadForm(std::string_view boundary, std::string spool_folder,
             std::string_view prompt = "Describe this picture.",
             Status (*check)(const service::Question&) = nullptr);
  UploadForm(const UploadForm&) = delete;
  UploadForm& operator=(const UploadForm&) = delete;

  Status feed(std::string_view piece) { return parser_.feed(piece); }
  bool wants_flush() const noexcept;
  /// Whether finish() has files to read.
  bool spooled() const noexcept;
  /// Writes what has come in to the spool. Blocking.
  Status flush();
  /// The question, checked, with the bytes of its files. Blocking. Errors: invalid_request, misconfigured.
  Result<service::Question> finish();

 private:
  struct File {
    std::string label;
    std::string pending;  ///< not yet in the spool
    std::optional<Spool> spool;
  };
  Status begin(const net::PartHead& head);
  Status data(std::string_view bytes);
  Status end();

  std::string folder_;
  Status (*check_)(const service::Question&);
  service::Question question_;
  std::vector<File> files_;
  bool in_file_ = false;
  std::string field_, value_;
  std::size_t text_bytes_ = 0;
  std::size_t fields_ = 0;
  net::MultipartParser parser_;
};

}  // namespace sensorium::server
