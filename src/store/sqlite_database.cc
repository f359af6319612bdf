// Database on SQLite. Statements are prepared once and kept, by their text.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <filesystem>
#include <map>
#include <optional>

#include "base/log.h"
#include "base/text.h"
#include "store/database.h"
#include "store/sqlite_library.h"

namespace sensorium::store {
namespace {

constexpr int busy_wait_ms = 2'000;  // another process may be writing
constexpr const char* settings =
    "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
    "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-1024; PRAGMA journal_size_limit=4194304;";
constexpr std::array companions{"", "-wal", "-shm"};

bool says_damage(int code) noexcept {
  const int primary = code & 0xff;
  return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

class SqliteRow final : public Row {
 public:
  SqliteRow(const SqliteLibrary& sqlite, sqlite3_stmt* statement) : sqlite_(sqlite), statement_(statement) {}
  std::int64_t integer(int column) const override { return sqlite_.column_int64(statement_, column); }
  double number(int column) const override { return sqlite_.column_double(statement_, column); }
  std::string_view bytes(int column) const override {
    const void* data = sqlite_.column_blob(statement_, column);  // first: it decides the size
    const int size = sqlite_.column_bytes(statement_, column);
    return {static_cast<const char*>(data), data ? static_cast<std::size_t>(size) : 0};
  }

 private:
  const SqliteLibrary& sqlite_;
  sqlite3_stmt* statement_;
};

class SqliteDatabase final : public Database {
 public:
  explicit SqliteDatabase(const SqliteLibrary& sqlite) : sqlite_(sqlite) {}
  ~SqliteDatabase() override {
    for (const auto& [text, statement] : statements_) sqlite_.finalize(statement);
    if (handle_) sqlite_.close_v2(handle_);
  }

  /// SQLITE_OK or what went wrong.
  int open(const std::string& path, const char* schema) {
    int code = sqlite_.open_v2(path.c_str(), &handle_,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    if (code != SQLITE_OK) return code;
    sqlite_.busy_timeout(handle_, busy_wait_ms);
    if (sqlite_.db_readonly(handle_, "main") == 1) return SQLITE_READONLY;
    code = sqlite_.exec(handle_, settings, nullptr, nullptr, nullptr);
    return code == SQLITE_OK ? sqlite_.exec(handle_, schema, nullptr, nullptr, nullptr) : code;
  }

  bool damaged() const noexcept override { return damaged_; }
  std::string message() const { return handle_ ? sqlite_.errmsg(handle_) : "out of memory"; }

  using Database::run;
  Status run(std::string_view sql, std::span<const Parameter> parameters,
             const std::function<bool(const Row&)>& row) override {
    sqlite3_stmt* statement = nullptr;
    if (const int code = prepared(sql, statement); code != SQLITE_OK) return failed(code);
    for (std::size_t i = 0; i < parameters.size(); ++i)
      bind(statement, static_cast<int>(i) + 1, parameters[i]);
    int code = SQLITE_DONE;
    while ((code = sqlite_.step(statement)) == SQLITE_ROW)
      if (row && !row(SqliteRow(sqlite_, statement))) break;
    Status done = code == SQLITE_DONE || code == SQLITE_ROW ? Status{} : failed(code);
    sqlite_.reset(statement);
    sqlite_.clear_bindings(statement);
    return done;
  }

 private:
  int prepared(std::string_view sql, sqlite3_stmt*& statement) {
    if (const auto found = statements_.find(sql); found != statements_.end()) {
      statement = found->second;
      return SQLITE_OK;
    }
    const int code =
        sqlite_.prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
    if (code == SQLITE_OK) statements_.emplace(sql, statement);
    return code;
  }

  // The caller's bytes live until the statement is reset: nothing is copied.
  void bind(sqlite3_stmt* statement, int index, const Parameter& parameter) {
    if (const auto* n = std::get_if<std::int64_t>(&parameter)) {
      sqlite_.bind_int64(statement, index, *n);
    } else if (const auto* x = std::get_if<double>(&parameter)) {
      sqlite_.bind_double(statement, index, *x);
    } else if (const auto* text = std::get_if<std::string_view>(&parameter)) {
      sqlite_.bind_text(statement, index, text->empty() ? "" : text->data(), static_cast<int>(text->size()),
                        SQLITE_STATIC);
    } else {
      const std::string_view bytes = std::get<Blob>(parameter).bytes;
      sqlite_.bind_blob64(statement, index, bytes.empty() ? "" : bytes.data(), bytes.size(), SQLITE_STATIC);
    }
  }

  Error failed(int code) {
    damaged_ = damaged_ || says_damage(code);
    return Error(Code::internal, fmt::format("The database refused: {}", message()),
                 "Check the space and the rights of state_dir");
  }

  const SqliteLibrary& sqlite_;
  sqlite3* handle_ = nullptr;
  std::map<std::string, sqlite3_stmt*, std::less<>> statements_;
  bool damaged_ = false;
};

Status make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) return {};
  return Error(
      Code::misconfigured,
      fmt::format("The folder {} cannot be made: {}", text::printable(folder.string()), error.message()),
      "Give a folder that can be written with [server] state_dir");
}

/// Answers are nobody else's business; SQLite gives its companions the rights of the file.
void make_private(const std::string& path) {
  const int made = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (made >= 0) ::close(made);
}

Error not_opened(const std::string& path, std::string_view why) {
  return Error(Code::misconfigured,
               fmt::format("The database {} cannot be used: {}", text::printable(path), why),
               "Check its rights and the space of the disk, or choose another [server] state_dir");
}

}  // namespace

Status Database::transaction(const std::function<Status()>& work) {
  SN_TRY(run("BEGIN IMMEDIATE"));
  Status done = work();
  if (done) done = run("COMMIT");
  if (!done) static_cast<void>(run("ROLLBACK"));
  return done;
}

std::string set_aside(const std::string& path, std::string_view why) {
  const std::string aside = fmt::format("{}.damaged-{}", path, static_cast<std::int64_t>(::time(nullptr)));
  std::error_code ignored;
  for (const char* companion : companions)
    std::filesystem::rename(path + companion, aside + companion, ignored);
  log::warning("store", fmt::format("{} is damaged ({}); it was set aside as {} and a new one begun",
                                    text::printable(path), why, text::printable(aside)));
  return aside;
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, const char* schema) {
  const SqliteLibrary& sqlite = *SN_TRY(sqlite_library());
  SN_TRY(make_folder(std::filesystem::path(path).parent_path()));
  make_private(path);
  std::string why;
  for (int round = 0; round < 2; ++round) {
    auto database = std::make_unique<SqliteDatabase>(sqlite);
    const int code = database->open(path, schema);
    if (code == SQLITE_OK) {
      static_cast<Database&>(*database).replaced_ = round > 0;
      return database;
    }
    why = database->message();
    database.reset();
    if (!says_damage(code) || round > 0) break;
    set_aside(path, why);
    make_private(path);
  }
  return not_opened(path, why);
}

}  // namespace sensorium::store
