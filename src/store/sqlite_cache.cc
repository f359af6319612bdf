// Answers in the database: an upsert per answer, expired ones and the longest unused go when it is full.
#include "store/sqlite_cache.h"

#include <algorithm>
#include <cstring>
#include <unordered_set>

namespace sensorium::store {

const char* const sqlite_cache_schema =
    "CREATE TABLE IF NOT EXISTS answers(key BLOB PRIMARY KEY, value BLOB NOT NULL, size INTEGER NOT NULL,"
    " expires INTEGER NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS answers_used ON answers(used);"
    "CREATE INDEX IF NOT EXISTS answers_expires ON answers(expires);";

namespace {

constexpr std::int64_t keys_a_step = 4096, dropped_a_step = 64, row_overhead = 128;
constexpr double full_again = 0.9;  // of max_bytes, after making room

std::int64_t seconds(WallClock::time_point time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::int64_t now_seconds() { return seconds(WallClock::now()); }

/// A number that somebody else wrote may be any.
WallClock::time_point time_of(std::int64_t stored) {
  constexpr std::int64_t year = 366LL * 86'400;
  return WallClock::time_point(
      std::chrono::seconds(std::clamp<std::int64_t>(stored, 0, now_seconds() + year)));
}

/// What the file holds, as far as is known.
class KeyIndex {
 public:
  bool may_hold(const CacheKey& key) const {
    const std::scoped_lock lock(mutex_);
    return !complete_ || keys_.contains(key.head());
  }
  void add(std::uint64_t head) {
    const std::scoped_lock lock(mutex_);
    keys_.insert(head);
  }
  void remove(std::uint64_t head) {
    const std::scoped_lock lock(mutex_);
    keys_.erase(head);
  }
  void complete() {
    const std::scoped_lock lock(mutex_);
    complete_ = true;
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_set<std::uint64_t> keys_;
  bool complete_ = false;
};

std::uint64_t head_of(std::string_view key) noexcept {
  std::uint64_t head = 0;
  std::memcpy(&head, key.data(), std::min(key.size(), sizeof head));
  return head;
}

/// Shared with works that are still queued when the tier has gone.
struct State {
  explicit State(std::int64_t limit) : max_bytes(limit) {}
  const std::int64_t max_bytes;
  KeyIndex index;
  // On the writing thread:
  std::optional<std::int64_t> stored_bytes;
  std::string last_key;  ///< of the index, read so far

  Status measure(Database& db) {
    if (stored_bytes) return {};
    return db.run("SELECT coalesce(sum(size), 0) FROM answers", {},
                  [this](const Row& row) { return stored_bytes = row.integer(0), true; });
  }
  Status put(Database& db, const CacheKey& key, const std::string& value, std::int64_t expires);
  Status make_room(Database& db);
  Status drop(Database& db, std::string_view sql, std::int64_t value, bool& any);
};

Status State::put(Database& db, const CacheKey& key, const std::string& value, std::int64_t expires) {
  SN_TRY(measure(db));
  const auto size = static_cast<std::int64_t>(value.size()) + row_overhead;
  SN_TRY(
      db.run("INSERT INTO answers(key, value, size, expires, used) VALUES(?, ?, ?, ?, ?)"
             " ON CONFLICT(key) DO UPDATE SET value = excluded.value, size = excluded.size,"
             " expires = excluded.expires, used = excluded.used",
             {Blob{key.view()}, Blob{value}, size, expires, now_seconds()}));
  // One that replaces another is counted twice until the next measuring: the bound errs to the safe side.
  *stored_bytes += size;
  return *stored_bytes > max_bytes ? make_room(db) : Status{};
}

Status State::drop(Database& db, std::string_view sql, std::int64_t value, bool& any) {
  any = false;
  return db.run(sql, {value}, [&](const Row& row) {
    index.remove(head_of(row.bytes(0)));
    *stored_bytes -= row.integer(1);
    return any = true;
  });
}

Status State::make_room(Database& db) {
  stored_bytes.reset();
  SN_TRY(measure(db));
  const auto enough = static_cast<std::int64_t>(static_cast<double>(max_bytes) * full_again);
  bool any = false;
  SN_TRY(drop(db, "DELETE FROM answers WHERE expires <= ? RETURNING key, size", now_seconds(), any));
  while (*stored_bytes > enough) {
    SN_TRY(drop(db,
                "DELETE FROM answers WHERE key IN (SELECT key FROM answers ORDER BY used LIMIT ?)"
                " RETURNING key, size",
                dropped_a_step, any));
    if (!any) break;
  }
  return db.run("PRAGMA incremental_vacuum(256)");
}

class SqliteCache final : public CacheTier {
 public:
  SqliteCache(Storage& storage, std::int64_t max_bytes)
      : storage_(storage), state_(std::make_shared<State>(max_bytes)) {}

  std::string_view name() const noexcept override { return "sqlite"; }
  bool may_hold(const CacheKey& key) const noexcept override { return state_->index.may_hold(key); }

  Task<std::optional<Found>> find(const CallContext& ctx, const CacheKey& key) override {
    begin_index();
    auto found = co_await storage_.read(ctx, [&](Database& db) { return look(db, key); });
    if (found) co_return std::move(*found);
    index_begun_ = false;  // the keys may not have been read either
    // The caller's own end is told, the tier's trouble is not the question's.
    if (auto alive = ctx.check(); !alive) co_return std::move(alive).error();
    co_return std::optional<Found>();
  }

  void put(const CacheKey& key, const CacheBytes& value, WallClock::time_point expires) override {
    begin_index();
    state_->index.add(key.head());
    storage_.write([state = state_, key, value, until = seconds(expires)](Database& db) {
      return state->put(db, key, *value, until);
    });
  }

  void touch(const CacheKey& key) override {
    storage_.write([key](Database& db) {
      return db.run("UPDATE answers SET used = ? WHERE key = ?", {now_seconds(), Blob{key.view()}});
    });
  }

 private:
  static Result<std::optional<Found>> look(Database& db, const CacheKey& key) {
    std::optional<Found> found;
    SN_TRY(
        db.run("SELECT value, expires FROM answers WHERE key = ?", {Blob{key.view()}}, [&](const Row& row) {
          found = Found{std::string(row.bytes(0)), time_of(row.integer(1))};
          return false;
        }));
    return found;
  }

  void begin_index() {
    if (!index_begun_.exchange(true)) read_keys(storage_, state_);
  }

  // A step after the other, so that a large file keeps neither writers nor the end of the program waiting.
  static void read_keys(Storage& storage, const std::shared_ptr<State>& state) {
    storage.write([&storage, state](Database& db) -> Status {
      std::int64_t rows = 0;
      SN_TRY(db.run("SELECT key FROM answers WHERE key > ? ORDER BY key LIMIT ?",
                    {Blob{state->last_key}, keys_a_step}, [&](const Row& row) {
                      state->index.add(head_of(row.bytes(0)));
                      state->last_key = row.bytes(0);
                      return ++rows > 0;
                    }));
      if (rows < keys_a_step) state->index.complete();
      else read_keys(storage, state);
      return {};
    });
  }

  Storage& storage_;
  std::shared_ptr<State> state_;
  std::atomic<bool> index_begun_ = false;
};

}  // namespace

std::unique_ptr<CacheTier> make_sqlite_cache(Storage& storage, std::int64_t max_bytes) {
  return std::make_unique<SqliteCache>(storage, max_bytes);
}

}  // namespace sensorium::store
