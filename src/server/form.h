// Form: a multipart form on its way in: fields are collected and set at their end, a file grows in a buffer
// and moves to the spool.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/multipart.h"
#include "server/spool.h"

namespace sensorium::server {

/// What has come of one file: the end of it in memory, the rest in the spool once it outgrew a small buffer.
struct FormFile {
  std::string label = {};
  std::string pending = {};  ///< not yet in the spool
  std::optional<Spool> spool = {};
};

/// How much text the fields may hold, and what is said when they hold more.
struct FormLimits {
  std::size_t field_bytes;  ///< of one field
  std::size_t text_bytes;   ///< of all fields together
  std::string_view too_large, hint;
};

/// Feed pieces, and flush() on a pool whenever wants_flush(). Not thread-safe.
class Form {
 public:
  Form(const Form&) = delete;
  Form& operator=(const Form&) = delete;

  Status feed(std::string_view piece) { return parser_.feed(piece); }
  bool wants_flush() const noexcept;
  /// Writes what has come of the file to the spool. Blocking. Errors: misconfigured.
  Status flush() { return flush(*file_); }

 protected:
  /// `limits` must outlive the form.
  Form(std::string_view boundary, std::string spool_folder, const FormLimits& limits);
  virtual ~Form() = default;

  /// The place of a file that begins; it must stay until the next one begins.
  virtual Result<FormFile*> begin_file(const net::PartHead& head) = 0;
  virtual Status set_field(std::string_view name, std::string_view value) = 0;

  /// The name that a client gave, as it may be shown.
  static std::string label_of(const net::PartHead& head);
  /// One more of what may be there 100 times: fields always count.
  Status count_part();
  Status flush(FormFile& file) const;
  Status end_of_form() { return parser_.finish(); }

 private:
  Status begin(const net::PartHead& head);
  Status data(std::string_view bytes);

  std::string folder_;
  const FormLimits& limits_;
  FormFile* file_ = nullptr;  ///< the last that began
  bool in_file_ = false;
  std::string field_, value_;
  std::size_t parts_ = 0, text_bytes_ = 0;
  net::MultipartParser parser_;
};

}  // namespace sensorium::server
