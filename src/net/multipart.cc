// MultipartParser: keeps at most one delimiter's length of file data back, and 8 KiB of part heads.
#include "net/multipart.h"

#include "base/text.h"

namespace sensorium::net {
namespace {

constexpr std::size_t head_limit = 8192;

Error malformed(std::string what) {
  return Error(Code::invalid_request, "The multipart form is malformed: " + std::move(what),
               "Send it as multipart/form-data (RFC 7578), for example with curl -F file=@picture.jpg");
}

/// The value of `key` in "form-data; name=\"a\"; filename=\"b\"", or nullopt.
std::optional<std::string> parameter(std::string_view header, std::string_view key) {
  std::size_t at = header.find(';');
  while (at != std::string_view::npos) {
    std::string_view rest = text::trim(header.substr(at + 1));
    const std::size_t equals = rest.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = text::trim(rest.substr(0, equals));
    std::string value;
    std::size_t i = equals + 1;
    if (i < rest.size() && rest[i] == '"') {
      for (++i; i < rest.size() && rest[i] != '"'; ++i) {
        if (rest[i] == '\\' && i + 1 < rest.size()) ++i;
        value += rest[i];
      }
    } else {
      for (; i < rest.size() && rest[i] != ';'; ++i) value += rest[i];
    }
    if (text::equal_ignoring_case(name, key)) return value;
    const std::size_t next = rest.find(';', i);
    at = next == std::string_view::npos ? next : static_cast<std::size_t>(rest.data() - header.data()) + next;
  }
  return std::nullopt;
}

}  // namespace

Result<std::string> multipart_boundary(std::string_view content_type) {
  const std::string_view kind = text::trim(content_type.substr(0, content_type.find(';')));
  if (!text::equal_ignoring_case(kind, "multipart/form-data"))
    return Error(Code::invalid_request, "This route takes multipart/form-data",
                 "For example: curl -F file=@picture.jpg");
  auto boundary = parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > 200)
    return malformed("Content-Type names no boundary");
  return std::move(*boundary);
}

MultipartParser::MultipartParser(std::string_view boundary, MultipartSink sink)
    : delimiter_("\r\n--" + std::string(boundary)), sink_(std::move(sink)), buffer_("\r\n") {}

Status MultipartParser::feed(std::string_view piece) {
  buffer_ += piece;
  bool progressed = true;
  while (progressed && state_ != State::done) SN_TRY(step(progressed));
  if (state_ == State::done) buffer_.clear();
  return {};
}

Status MultipartParser::finish() {
  if (state_ != State::done) return malformed("it ends before its closing boundary");
  return {};
}

Status MultipartParser::step(bool& progressed) {
  progressed = false;
  switch (state_) {
    case State::preamble: {
      const std::size_t found = buffer_.find(delimiter_);
      if (found == std::string::npos) {
        if (buffer_.size() > head_limit) return malformed("its first boundary is missing");
        return {};
      }
      buffer_.erase(0, found + delimiter_.size());
      state_ = State::after_boundary;
      progressed = true;
      return {};
    }
    case State::after_boundary:
      if (buffer_.size() < 2) return {};
      if (buffer_.starts_with("--")) {
        state_ = State::done;
        return {};
      }
      if (!buffer_.starts_with("\r\n")) return malformed("a boundary is not followed by a line end");
      state_ = State::head;
      progressed = true;
      return {};
    case State::head: {
      // The CRLF that ended the boundary line stays in front, so that an empty head ends at once.
      const std::size_t found = buffer_.find("\r\n\r\n");
      if (found == std::string::npos) {
        if (buffer_.size() > head_limit) return malformed("the head of a part is too long");
        return {};
      }
      SN_TRY(parse_head(std::string_view(buffer_).substr(2, found - std::min<std::size_t>(found, 2))));
      buffer_.erase(0, found + 4);
      state_ = State::body;
      at_body_start_ = true;
      progressed = true;
      return {};
    }
    case State::body:
      return body_step(progressed);
    case State::done:
      return {};
  }
  return {};
}

Status MultipartParser::parse_head(std::string_view lines) {
  PartHead head;
  for (std::string_view line : text::split(lines, '\n')) {
    line = text::trim(line);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view name = text::trim(line.substr(0, colon)),
                           value = text::trim(line.substr(colon + 1));
    if (text::equal_ignoring_case(name, "content-disposition")) {
      head.name = parameter(value, "name").value_or("");
      if (auto filename = parameter(value, "filename")) {
        head.filename = std::move(*filename);
        head.is_file = true;
      }
    } else if (text::equal_ignoring_case(name, "content-type")) {
      head.mime = std::string(value);
    }
  }
  if (head.name.empty()) return malformed("a part has no name");
  return sink_.begin(head);
}

Status MultipartParser::body_step(bool& progressed) {
  // An empty part: its delimiter follows the head's blank line directly, without a CRLF of its own.
  const std::string_view bare = std::string_view(delimiter_).substr(2);
  std::size_t found = std::string::npos, skip = delimiter_.size();
  if (at_body_start_) {
    if (buffer_.size() < bare.size() && bare.starts_with(buffer_)) return {};
    if (buffer_.starts_with(bare)) found = 0, skip = bare.size();
    at_body_start_ = false;
  }
  if (found == std::string::npos) found = buffer_.find(delimiter_);
  if (found == std::string::npos) {
    if (buffer_.size() > delimiter_.size()) {
      const std::size_t ready = buffer_.size() - delimiter_.size();
      SN_TRY(sink_.data(std::string_view(buffer_).substr(0, ready)));
      buffer_.erase(0, ready);
    }
    return {};
  }
  if (found > 0) SN_TRY(sink_.data(std::string_view(buffer_).substr(0, found)));
  SN_TRY(sink_.end());
  buffer_.erase(0, found + skip);
  state_ = State::after_boundary;
  progressed = true;
  return {};
}

}  // namespace sensorium::net
