// Storage: what is written is there after the end, after a kill, and beside a file that was damaged.
#include "store/storage.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "exec/run_task.h"
#include "store/test_folder.h"

namespace sensorium::store {
namespace {

constexpr const char* schema = "CREATE TABLE IF NOT EXISTS numbers(n INTEGER PRIMARY KEY, text TEXT)";

bool add(Storage& storage, std::int64_t n, std::string text = "x") {
  return storage.write([n, text](Database& db) {
    return db.run("INSERT OR REPLACE INTO numbers VALUES(?, ?)", {n, std::string_view(text)});
  });
}

Result<std::int64_t> count_in(Database& db) {
  std::int64_t n = 0;
  SN_TRY(db.run("SELECT count(*) FROM numbers", {}, [&](const Row& row) {
    n = row.integer(0);
    return true;
  }));
  return n;
}

Result<std::int64_t> count(Storage& storage) {
  return run_task(storage.read(CallContext(), [](Database& db) { return count_in(db); }));
}

std::size_t set_aside_in(const std::string& file) {
  std::size_t found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(file).parent_path()))
    found += entry.path().string().find(".damaged-") != std::string::npos &&
             !entry.path().string().ends_with("-wal") && !entry.path().string().ends_with("-shm");
  return found;
}

TEST(Storage, OpensNothingBeforeItIsUsed) {
  const TestFolder folder;
  { const Storage storage(folder.file(), schema); }
  EXPECT_FALSE(std::filesystem::exists(folder.file()));
}

TEST(Storage, KeepsWhatWasWrittenAndIsPrivate) {
  const TestFolder folder;
  {
    Storage storage(folder.file("deep/er/a.db"), schema);
    for (int i = 0; i < 3000; ++i) EXPECT_TRUE(add(storage, i));
  }
  Storage again(folder.file("deep/er/a.db"), schema);
  EXPECT_EQ(count(again), 3000);
  const auto rights = std::filesystem::status(again.path()).permissions();
  EXPECT_EQ(rights & std::filesystem::perms::all,
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(Storage, KeepsBytesAsTheyAre) {
  const TestFolder folder;
  Storage storage(folder.file(), "CREATE TABLE IF NOT EXISTS b(v BLOB, t TEXT, x REAL)");
  const std::string bytes("\0\xff\0'", 4);
  storage.write([&](Database& db) {
    return db.run("INSERT INTO b VALUES(?, ?, ?)", {Blob{bytes}, std::string_view(), 0.1});
  });
  storage.flush();
  const auto seen = run_task(storage.read(CallContext(), [&](Database& db) -> Result<std::string> {
    std::string out;
    SN_TRY(db.run("SELECT v, t, x FROM b", {}, [&](const Row& row) {
      EXPECT_TRUE(row.bytes(1).empty());
      EXPECT_EQ(row.number(2), 0.1);
      return out = row.bytes(0), true;
    }));
    return out;
  }));
  EXPECT_EQ(seen, bytes);
}

TEST(Storage, OneBadWriteDoesNotTakeTheOthersWithIt) {
  const TestFolder folder;
  Storage storage(folder.file(), schema);
  add(storage, 1);
  storage.write([](Database& db) { return db.run("INSERT INTO nowhere VALUES(1)"); });
  add(storage, 2);
  storage.flush();
  EXPECT_EQ(count(storage), 2);
}

TEST(Storage, RefusesWorkWhenItsQueueIsFull) {
  const TestFolder folder;
  Storage storage(folder.file(), schema);
  std::mutex gate;
  gate.lock();
  storage.write([&](Database&) {
    const std::scoped_lock wait(gate);
    return Status{};
  });
  int taken = 0;
  while (taken < 100'000 && add(storage, taken)) ++taken;
  EXPECT_GT(taken, 1000);
  EXPECT_LT(taken, 100'000);
  gate.unlock();
  storage.flush();
  EXPECT_EQ(count(storage), taken);
}

class Damage : public testing::TestWithParam<std::string> {};

TEST_P(Damage, IsSetAsideAndWorkGoesOn) {
  const TestFolder folder;
  std::ofstream(folder.file()) << GetParam();
  Storage storage(folder.file(), schema);
  add(storage, 1);
  storage.flush();
  EXPECT_EQ(count(storage), 1);
  EXPECT_EQ(set_aside_in(folder.file()), 1U);
}

INSTANTIATE_TEST_SUITE_P(Files, Damage,
                         testing::Values("not a database at all, but long enough to be looked at by SQLite, "
                                         "which reads a hundred bytes of header",
                                         "SQLite format 3\0 and then nonsense" + std::string(8192, 'z'),
                                         std::string(200'000, '\x5a')));

TEST(Storage, FileThatIsDamagedWhileInUseIsSetAsideByBothThreads) {
  const TestFolder folder;
  {
    Storage storage(folder.file(), schema);
    for (int i = 0; i < 4000; ++i) add(storage, i, std::string(200, 'a'));
  }
  {  // the header stays, everything behind it goes
    std::fstream file(folder.file(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(100'000, '\xee');
  }
  Storage storage(folder.file(), schema);
  (void)count(storage);  // meets the damage, or not: the writer will
  for (int i = 0; i < 50; ++i) add(storage, i);
  storage.flush();
  for (int i = 0; i < 50; ++i) add(storage, i);
  storage.flush();
  EXPECT_EQ(count(storage), 50);
  EXPECT_EQ(set_aside_in(folder.file()), 1U);
}

TEST(Storage, FolderThatCannotBeMadeIsAnErrorOfReadingAndNoMore) {
  const TestFolder folder;
  std::ofstream(folder.file("state")) << "a file where the folder should be";
  Storage storage(folder.file("state/sensorium.db"), schema);
  EXPECT_TRUE(add(storage, 1));
  storage.flush();
  const auto found = count(storage);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::misconfigured);
  EXPECT_NE(found.error().hint.find("state_dir"), std::string::npos);
}

TEST(Storage, FullDiskLosesTheNewAndKeepsTheOld) {
  const TestFolder folder;
  Storage storage(folder.file(), schema);
  add(storage, 1);
  storage.write([](Database& db) { return db.run("PRAGMA max_page_count=8", {}, {}); });
  storage.flush();
  add(storage, 2, std::string(1 << 20, 'x'));
  storage.flush();
  EXPECT_EQ(count(storage), 1);
  add(storage, 3);
  storage.flush();
  EXPECT_EQ(count(storage), 2);
}

TEST(Storage, ReadEndsWithItsCaller) {
  const TestFolder folder;
  Storage storage(folder.file(), schema);
  std::stop_source gone;
  gone.request_stop();
  const CallContext ctx("", TimePoint::max(), gone.get_token());
  const auto seen = run_task(storage.read(ctx, [](Database& db) { return count_in(db); }));
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, Code::cancelled);
}

// A child writes and tells after each flush how far it came; it is killed in the middle of writing.
[[noreturn]] void write_until_killed(const std::string& file, int tell) {
  Storage storage(file, schema);
  for (std::int64_t n = 0;; ++n) {
    for (std::int64_t i = 0; i < 20; ++i) add(storage, n * 20 + i, std::string(500, 'k'));
    storage.flush();
    const std::int64_t done = (n + 1) * 20;
    if (::write(tell, &done, sizeof done) != sizeof done) ::_exit(1);
  }
}

TEST(Storage, KillInTheMiddleOfWritingLosesNothingFinished) {
  const TestFolder folder;
  std::int64_t before = 0;
  for (int round = 0; round < 6; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) write_until_killed(folder.file(), ends[1]);
    ::close(ends[1]);
    std::int64_t told = 0, last = 0;
    const std::int64_t enough = 200 + round * 77;
    while (last < enough && ::read(ends[0], &told, sizeof told) == sizeof told) last = told;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    while (::read(ends[0], &told, sizeof told) == sizeof told) last = told;
    ::close(ends[0]);
    Storage storage(folder.file(), schema);
    const auto found = count(storage);
    ASSERT_TRUE(found) << sentence(found.error());
    EXPECT_GE(*found, std::max(before, last));
    EXPECT_EQ(set_aside_in(folder.file()), 0U);
    before = *found;
  }
}

}  // namespace
}  // namespace sensorium::store
