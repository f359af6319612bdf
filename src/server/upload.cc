// Parts of a form: files grow in a buffer and move to the spool, fields are collected and set at their end.
#include "server/upload.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "service/question_json.h"

namespace sensorium::server {
namespace {

constexpr std::size_t flush_bytes = 256UL << 10;
constexpr std::size_t max_files = 64;
constexpr std::size_t max_fields = 100;
constexpr std::size_t max_text_bytes = 8UL << 20;  // all fields together

}  // namespace

UploadForm::UploadForm(std::string_view boundary, std::string spool_folder, std::string_view prompt,
                       Status (*check)(const service::Question&))
    : folder_(std::move(spool_folder)),
      check_(check ? check : service::check_question),
      parser_(boundary, {.begin = [this](const net::PartHead& head) { return begin(head); },
                         .data = [this](std::string_view bytes) { return data(bytes); },
                         .end = [this] { return end(); }}) {
  question_.prompt = prompt;
}

Status UploadForm::begin(const net::PartHead& head) {
  in_file_ = head.is_file || head.name == "file";
  if (in_file_) {
    if (files_.size() >= max_files)
      return Error(Code::invalid_request, fmt::format("The form has more than {} files", max_files),
                   "Ask about fewer pictures at once")
          .at("file");
    std::string label = text::printable(text::shorten(head.filename, 100));
    files_.push_back({label.empty() ? fmt::format("file {}", files_.size() + 1) : std::move(label), {}, {}});
    return {};
  }
  if (++fields_ > max_fields)
    return Error(Code::invalid_request, fmt::format("The form has more than {} fields", max_fields),
                 "Send only the documented ones");
  field_ = head.name;
  value_.clear();
  return {};
}

Status UploadForm::data(std::string_view bytes) {
  if (in_file_) {
    files_.back().pending += bytes;
    return {};
  }
  text_bytes_ += bytes.size();
  if (text_bytes_ > max_text_bytes)
    return Error(Code::too_large,
                 fmt::format("The text fields of the form are larger than {}",
                             text::human_bytes(max_text_bytes)),
                 "Send pictures as files, not as text fields")
        .at(text::printable(text::shorten(field_, 60)));
  value_ += bytes;
  return {};
}

Status UploadForm::end() { return in_file_ ? Status{} : service::set_field(question_, field_, value_); }

bool UploadForm::wants_flush() const noexcept {
  return in_file_ && !files_.empty() && files_.back().pending.size() >= flush_bytes;
}

bool UploadForm::spooled() const noexcept {
  return std::ranges::any_of(files_, [](const File& file) { return file.spool.has_value(); });
}

Status UploadForm::flush() {
  File& file = files_.back();
  if (!file.spool) file.spool = SN_TRY(Spool::open(folder_));
  SN_TRY(file.spool->append(file.pending));
  file.pending.clear();
  return {};
}

Result<service::Question> UploadForm::finish() {
  SN_TRY(parser_.finish());
  for (File& file : files_) {
    if (file.spool) {
      SN_TRY(file.spool->append(file.pending));
      file.pending = {};
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
