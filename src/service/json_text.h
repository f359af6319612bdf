// JsonText: writes JSON in the order of the calls, without a tree; for replies and events, where the
// order of fields is part of the contract and every microsecond is counted.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sensorium::service {

/// Appends `text` as a JSON string with its quotes; bad UTF-8 becomes U+FFFD.
void append_quoted(std::string& out, std::string_view text);

/// Commas are its business, brackets the caller's. Numbers that JSON has no words for become null.
class JsonText {
 public:
  explicit JsonText(std::size_t reserve = 256) { out_.reserve(reserve); }

  JsonText& open(char bracket);
  JsonText& close(char bracket);
  JsonText& key(std::string_view name);
  JsonText& text(std::string_view value);
  JsonText& null();
  JsonText& boolean(std::same_as<bool> auto value) { return raw(value ? "true" : "false"); }
  JsonText& integer(std::int64_t value);
  /// The shortest form that reads back as the same number.
  JsonText& number(double value);
  JsonText& number(const std::optional<double>& value) { return value ? number(*value) : null(); }
  /// A value that is JSON already.
  JsonText& raw(std::string_view json);
  JsonText& texts(const std::vector<std::string>& values);

  JsonText& field(std::string_view name, std::string_view value) { return key(name).text(value); }
  JsonText& field(std::string_view name, std::int64_t value) { return key(name).integer(value); }
  /// A number with at most three digits behind the point.
  JsonText& rounded(std::string_view name, double value);

  std::string take() && { return std::move(out_); }

 private:
  void separate() {
    if (comma_) out_ += ',';
    comma_ = true;
  }
  std::string out_;
  bool comma_ = false;
};

}  // namespace sensorium::service
