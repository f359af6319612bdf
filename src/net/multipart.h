// MultipartParser: multipart/form-data (RFC 7578) as it arrives, in any pieces, in constant memory.
// Surprising: it calls back with parts of a part; where file bytes go (a spool) is the caller's choice.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sensorium::net {

/// What the head of a part says.
struct PartHead {
  std::string name;
  std::string filename;  ///< as sent; never to be used as a path
  std::string mime;
  bool is_file = false;  ///< had a filename parameter
};

/// The events of a form, in order.
struct MultipartSink {
  std::function<Status(const PartHead&)> begin;
  std::function<Status(std::string_view)> data;
  std::function<Status()> end;
};

/// Not thread-safe. Errors: invalid_request with what is wrong with the form.
class MultipartParser {
 public:
  MultipartParser(std::string_view boundary, MultipartSink sink);
  Status feed(std::string_view piece);
  /// At the end of the body; an error when the closing boundary is missing.
  Status finish();

 private:
  enum class State { preamble, after_boundary, head, body, done };
  Status step(bool& progressed);
  Status parse_head(std::string_view text);
  Status body_step(bool& progressed);
  std::string delimiter_;  ///< CRLF "--" boundary
  MultipartSink sink_;
  State state_ = State::preamble;
  bool at_body_start_ = false;
  std::string buffer_;
};

/// The boundary of a Content-Type header. Errors: invalid_request.
Result<std::string> multipart_boundary(std::string_view content_type);

}  // namespace sensorium::net
