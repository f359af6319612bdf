// FilmForm: the multipart form of POST /v1/analyze/video: fields by name, the film to the spool as it
// arrives.
#pragma once

#include <optional>

#include "net/multipart.h"
#include "server/spool.h"
#include "service/film.h"

namespace sensorium::server {

/// Feed pieces, and flush() on a pool whenever wants_flush(); then finish() on a pool. The film lives in the
/// form's spool: keep the form until the film was read. Not thread-safe.
class FilmForm {
 public:
  FilmForm(std::string_view boundary, std::string spool_folder);
  FilmForm(const FilmForm&) = delete;
  FilmForm& operator=(const FilmForm&) = delete;

  Status feed(std::string_view piece) { return parser_.feed(piece); }
  bool wants_flush() const noexcept;
  /// Blocking.
  Status flush();
  /// Blocking. Errors: invalid_request, misconfigured.
  Result<service::FilmQuestion> finish();

 private:
  Status begin(const net::PartHead& head);
  Status data(std::string_view bytes);
  Status end();

  std::string folder_;
  service::FilmQuestion question_;
  std::string pending_;  ///< of the film, not yet in the spool
  std::optional<Spool> spool_;
  bool in_file_ = false, has_file_ = false;
  std::string field_, value_;
  std::size_t fields_ = 0;
  net::MultipartParser parser_;
};

}  // namespace sensorium::server
