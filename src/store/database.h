// Database: one SQLite file in WAL mode: prepared statements, transactions, nothing else.
// Surprising: a file that is damaged or no database is set aside (NAME.damaged-TIME) and a new one begun,
// because what is kept here must never keep the service from working.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace sensorium::store {

/// Bytes stay bytes: text that may hold zero bytes and digests are given as Blob.
struct Blob {
  std::string_view bytes;
};
using Parameter = std::variant<std::int64_t, double, std::string_view, Blob>;

/// One row of a result, valid during the callback.
class Row {
 public:
  virtual std::int64_t integer(int column) const = 0;
  virtual double number(int column) const = 0;
  /// Text or bytes; a view that ends with the callback.
  virtual std::string_view bytes(int column) const = 0;

 protected:
  ~Row() = default;
};

/// Blocking; one thread at a time.
class Database {
 public:
  /// Opens or makes the file and its folder (mode 0700), sets damaged ones aside and runs `schema`
  /// (statements that may run again). Errors: misconfigured (no folder, read-only, full),
  /// not_built_in (no SQLite).
  static Result<std::unique_ptr<Database>> open(const std::string& path, const char* schema);
  virtual ~Database() = default;

  /// Runs one statement; `row` is called for each row and may end the run by returning false.
  /// Errors: internal, with what SQLite says; `damaged()` tells whether the file is at fault.
  virtual Status run(std::string_view sql, std::span<const Parameter> parameters,
                     const std::function<bool(const Row&)>& row) = 0;
  Status run(std::string_view sql, std::initializer_list<Parameter> parameters = {}) {
    return run(sql, std::span(parameters.begin(), parameters.size()), {});
  }
  Status run(std::string_view sql, std::initializer_list<Parameter> parameters,
             const std::function<bool(const Row&)>& row) {
    return run(sql, std::span(parameters.begin(), parameters.size()), row);
  }
  /// All of `work` or nothing of it, and durable against a kill once it returns.
  Status transaction(const std::function<Status()>& work);
  /// The last failure said that the file is damaged: close and open() it again, which sets it aside.
  virtual bool damaged() const noexcept = 0;
  /// open() found a damaged file and set it aside.
  bool replaced() const noexcept { return replaced_; }

 private:
  bool replaced_ = false;
};

/// Moves a damaged file and its companions out of the way; the new name. Logs a warning.
std::string set_aside(const std::string& path, std::string_view why);

}  // namespace sensorium::store
