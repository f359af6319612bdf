// One film, a few small fields.
#include "server/film_form.h"

#include "service/film_json.h"

namespace sensorium::server {
namespace {

constexpr std::size_t max_field_bytes = 64UL << 10, max_text_bytes = 100 * max_field_bytes;
constexpr FormLimits limits{max_field_bytes, max_text_bytes, "A field of the form is larger than 64 KiB",
                            "Send the film as a file"};

}  // namespace

FilmForm::FilmForm(std::string_view boundary, std::string spool_folder)
    : Form(boundary, std::move(spool_folder), limits) {}

Result<FormFile*> FilmForm::begin_file(const net::PartHead& head) {
  if (std::exchange(has_film_, true))
    return Error(Code::invalid_request, "The form has more than one film", "Send one request for each film")
        .at("file");
  question_.label = label_of(head);
  return &film_;
}

Status FilmForm::set_field(std::string_view name, std::string_view value) {
  return service::set_film_field(question_, name, value);
}

Result<service::FilmQuestion> FilmForm::finish() {
  SN_TRY(end_of_form());
  if (!has_film_)
    return Error(Code::invalid_request, "The form has no file", "Add one: curl -F file=@film.mp4").at("file");
  SN_TRY(flush(film_));
  if (film_.spool->size() == 0)
    return Error(Code::invalid_request, "The film is empty", "Check the file and send it again").at("file");
  question_.path = film_.spool->path();
  return question_;
}

}  // namespace sensorium::server
