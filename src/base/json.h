// The one door to JSON: Boost.JSON, included only by *_json.cc files and their tests.
// Surprising: readers name the field at fault in Error::param, so every route and file answers alike.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sensorium::json {

using boost::json::array;
using boost::json::object;
using boost::json::serialize;
using boost::json::value;

/// Strict JSON (RFC 8259), at most 64 levels deep. Errors: invalid_request with the byte offset.
Result<value> parse(std::string_view text);

/// A view of an object that reads typed fields, collects the first error and remembers which names
/// were known, so that unknown ones can be told to the caller.
class Reader {
 public:
  explicit Reader(const object& source, std::string path = {}) : source_(source), path_(std::move(path)) {}

  std::optional<std::string> string(std::string_view name);
  std::optional<std::string_view> string_view(std::string_view name);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t low, std::int64_t high);
  std::optional<double> number(std::string_view name, double low, double high);
  std::optional<bool> boolean(std::string_view name);
  const array* list(std::string_view name);
  const object* nested(std::string_view name);
  const value* any(std::string_view name);

  void fail(std::string_view name, std::string message, std::string hint = {});
  /// The first error met, if any.
  Status status() const;
  /// Names in the object that nobody asked for.
  std::vector<std::string> unknown() const;

 private:
  const value* find(std::string_view name);
  void wrong(std::string_view name, std::string_view wanted, const value& found);
  const object& source_;
  std::string path_;
  std::vector<std::string> known_;
  std::optional<Error> error_;
};

/// Member lookup that never throws: null when absent or of another type.
const value* member(const value& source, std::string_view name) noexcept;
const object* object_member(const value& source, std::string_view name) noexcept;
const array* array_member(const value& source, std::string_view name) noexcept;
std::optional<std::string_view> string_member(const value& source, std::string_view name) noexcept;
std::optional<std::int64_t> integer_member(const value& source, std::string_view name) noexcept;

}  // namespace sensorium::json
