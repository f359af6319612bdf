// UploadForm: a multipart form that becomes a question: fields by name, files to the spool.
// Surprising: a file stays in memory until it outgrows a small buffer; most pictures never touch the disk.
#pragma once

#include <string>
#include <vector>

#include "server/form.h"
#include "service/question.h"

namespace sensorium::server {

class UploadForm final : public Form {
 public:
  /// `prompt` is what is asked where the form asks nothing; `check` judges the question at the end.
  UploadForm(std::string_view boundary, std::string spool_folder,
             std::string_view prompt = "Describe this picture.",
             Status (*check)(const service::Question&) = nullptr);

  /// Whether finish() has files to read.
  bool spooled() const noexcept;
  /// The question, checked, with the bytes of its files. Blocking. Errors: invalid_request, misconfigured.
  Result<service::Question> finish();

 private:
  Result<FormFile*> begin_file(const net::PartHead& head) override;
  Status set_field(std::string_view name, std::string_view value) override;

  Status (*check_)(const service::Question&);
  service::Question question_;
  std::vector<FormFile> files_;
};

}  // namespace sensorium::server
