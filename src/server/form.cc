// Everything is bounded while it comes; nothing waits for the end of the form.
#include "server/form.h"

#include <fmt/format.h>

#include "base/text.h"

namespace sensorium::server {
namespace {

constexpr std::size_t flush_bytes = 256UL << 10, max_parts = 100, longest_label = 100, longest_name = 60;

}  // namespace

Form::Form(std::string_view boundary, std::string spool_folder, const FormLimits& limits)
    : folder_(std::move(spool_folder)),
      limits_(limits),
      parser_(boundary, {.begin = [this](const net::PartHead& head) { return begin(head); },
                         .data = [this](std::string_view bytes) { return data(bytes); },
                         .end = [this] { return in_file_ ? Status{} : set_field(field_, value_); }}) {}

std::string Form::label_of(const net::PartHead& head) {
  return text::printable(text::shorten(head.filename, longest_label));
}

Status Form::count_part() {
  if (++parts_ <= max_parts) return {};
  return Error(Code::invalid_request, fmt::format("The form has more than {} fields", max_parts),
               "Send only the documented ones");
}

Status Form::begin(const net::PartHead& head) {
  in_file_ = head.is_file || head.name == "file";
  if (in_file_) {
    file_ = SN_TRY(begin_file(head));
    return {};
  }
  field_ = head.name;
  value_.clear();
  return count_part();
}

Status Form::data(std::string_view bytes) {
  if (in_file_) {
    file_->pending += bytes;
    return {};
  }
  text_bytes_ += bytes.size();
  if (text_bytes_ > limits_.text_bytes || value_.size() + bytes.size() > limits_.field_bytes)
    return Error(Code::too_large, std::string(limits_.too_large), std::string(limits_.hint))
        .at(text::printable(text::shorten(field_, longest_name)));
  value_ += bytes;
  return {};
}

bool Form::wants_flush() const noexcept { return file_ && file_->pending.size() >= flush_bytes; }

Status Form::flush(FormFile& file) const {
  if (!file.spool) file.spool = SN_TRY(Spool::open(folder_));
  SN_TRY(file.spool->append(file.pending));
  file.pending.clear();
  return {};
}

}  // namespace sensorium::server
