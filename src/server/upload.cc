// Parts of a form: files grow in a buffer and move to the spool, fields are collected and set at their end.
#include "server/upload.h"

#include <fmt/format.h>

#include <algorithm>

#include "service/question_json.h"

namespace sensorium::server {
namespace {

constexpr std::size_t max_files = 64;
constexpr std::size_t max_text_bytes = 8UL << 20;
constexpr FormLimits limits{max_text_bytes, max_text_bytes,
                            "The text fields of the form are larger than 8.0 MiB",
                            "Send pictures as files, not as text fields"};

}  // namespace

UploadForm::UploadForm(std::string_view boundary, std::string spool_folder, std::string_view prompt,
                       Status (*check)(const service::Question&))
    : Form(boundary, std::move(spool_folder), limits), check_(check ? check : service::check_question) {
  question_.prompt = prompt;
}

Result<FormFile*> UploadForm::begin_file(const net::PartHead& head) {
  if (files_.size() >= max_files)
    return Error(Code::invalid_request, fmt::format("The form has more than {} files", max_files),
                 "Ask about fewer pictures at once")
        .at("file");
  std::string label = label_of(head);
  if (label.empty()) label = fmt::format("file {}", files_.size() + 1);
  return &files_.emplace_back(FormFile{.label = std::move(label)});
}

Status UploadForm::set_field(std::string_view name, std::string_view value) {
  return service::set_field(question_, name, value);
}

bool UploadForm::spooled() const noexcept {
  return std::ranges::any_of(files_, [](const FormFile& file) { return file.spool.has_value(); });
}

Result<service::Question> UploadForm::finish() {
  SN_TRY(end_of_form());
  for (FormFile& file : files_) {
    if (file.spool) {
      SN_TRY(flush(file));
      file.pending = SN_TRY(file.spool->read_all());
      file.spool.reset();
    } else {
      file.pending.shrink_to_fit();
    }
    if (file.pending.empty())
      return Error(Code::invalid_request, "`" + file.label + "` is empty", "Check the file and send it again")
          .at("file");
    question_.pictures.push_back(
        {std::make_shared<const std::string>(std::move(file.pending)), std::move(file.label)});
  }
  files_.clear();
  if (question_.pictures.empty())
    return Error(Code::invalid_request, "The form has no file", "Add one: curl -F file=@picture.jpg")
        .at("file");
  SN_TRY(check_(question_));
  return std::move(question_);
}

}  // namespace sensorium::server
