// One film, a few small fields.
#include "server/film_form.h"

#include <fmt/format.h>

#include "base/text.h"
#include "service/film_json.h"

namespace sensorium::server {
namespace {

constexpr std::size_t flush_bytes = 256UL << 10, max_field_bytes = 64UL << 10, max_fields = 100;

}  // namespace

FilmForm::FilmForm(std::string_view boundary, std::string spool_folder)
    : folder_(std::move(spool_folder)),
      parser_(boundary, {.begin = [this](const net::PartHead& head) { return begin(head); },
                         .data = [this](std::string_view bytes) { return data(bytes); },
                         .end = [this] { return end(); }}) {}

Status FilmForm::begin(const net::PartHead& head) {
  in_file_ = head.is_file || head.name == "file";
  if (in_file_) {
    if (std::exchange(has_file_, true))
      return Error(Code::invalid_request, "The form has more than one film", "Send one request for each film")
          .at("file");
    question_.label = text::printable(text::shorten(head.filename, 100));
    return {};
  }
  if (++fields_ > max_fields)
    return Error(Code::invalid_request, fmt::format("The form has more than {} fields", max_fields),
                 "Send only the documented ones");
  field_ = head.name;
  value_.clear();
  return {};
}

Status FilmForm::data(std::string_view bytes) {
  if (in_file_) {
    pending_ += bytes;
    return {};
  }
  if (value_.size() + bytes.size() > max_field_bytes)
    return Error(Code::too_large, "A field of the form is larger than 64 KiB", "Send the film as a file")
        .at(text::printable(text::shorten(field_, 60)));
  value_ += bytes;
  return {};
}

Status FilmForm::end() { return in_file_ ? Status{} : service::set_film_field(question_, field_, value_); }

bool FilmForm::wants_flush() const noexcept { return pending_.size() >= flush_bytes; }

Status FilmForm::flush() {
  if (!spool_) spool_ = SN_TRY(Spool::open(folder_));
  SN_TRY(spool_->append(pending_));
  pending_.clear();
  return {};
}

Result<service::FilmQuestion> FilmForm::finish() {
  SN_TRY(parser_.finish());
  if (!has_file_)
    return Error(Code::invalid_request, "The form has no file", "Add one: curl -F file=@film.mp4").at("file");
  SN_TRY(flush());
  if (spool_->size() == 0)
    return Error(Code::invalid_request, "The film is empty", "Check the file and send it again").at("file");
  question_.path = spool_->path();
  return question_;
}

}  // namespace sensorium::server
