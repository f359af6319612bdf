// FilmForm: the multipart form of POST /v1/analyze/video: fields by name, the film to the spool as it
// arrives.
#pragma once

#include "server/form.h"
#include "service/film.h"

namespace sensorium::server {

/// The film lives in the form's spool: keep the form until the film was read.
class FilmForm final : public Form {
 public:
  FilmForm(std::string_view boundary, std::string spool_folder);

  /// Blocking. Errors: invalid_request, misconfigured.
  Result<service::FilmQuestion> finish();

 private:
  Result<FormFile*> begin_file(const net::PartHead& head) override;
  Status set_field(std::string_view name, std::string_view value) override;

  service::FilmQuestion question_;
  FormFile film_;
  bool has_film_ = false;
};

}  // namespace sensorium::server
