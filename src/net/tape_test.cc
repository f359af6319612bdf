// Tape: what is recorded, what is not, and what a request that was not recorded is told.
#include "net/tape.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/ids.h"
#include "exec/run_task.h"

namespace sensorium::net {
namespace {

namespace fs = std::filesystem;

struct Folder {
  fs::path path = fs::temp_directory_path() / make_id("sensorium-tape-");
  ~Folder() { fs::remove_all(path); }
};

HttpCall call(std::string_view body, std::string_view key = "sk-secret") {
  HttpCall out;
  out.url = parse_url("https://api.example.org/v1/chat/completions").value();
  out.headers = {{"Content-Type", "application/json"}, {"Authorization", "Bearer " + std::string(key)}};
  out.body = {body};
  return out;
}

class Live final : public HttpStream {
 public:
  Live(std::vector<std::string> pieces, bool cut) : pieces_(std::move(pieces)), cut_(cut) {}
  int status() const noexcept override { return 200; }
  const Headers& headers() const noexcept override { return headers_; }
  Task<std::string_view> read() override {
    if (next_ < pieces_.size()) co_return std::string_view(pieces_[next_++]);
    if (cut_) co_return Error(Code::upstream_broken_stream, "cut");
    co_return std::string_view();
  }

 private:
  Headers headers_{
      {"Content-Type", "text/event-stream"}, {"Set-Cookie", "session=1"}, {"X-RateLimit-Limit", "9"}};
  std::vector<std::string> pieces_;
  bool cut_;
  std::size_t next_ = 0;
};

Task<std::string> read_all(HttpStream& stream) {
  std::string all;
  for (;;) {
    const std::string_view piece = SN_CO_TRY(co_await stream.read());
    if (piece.empty()) co_return all;
    all += piece;
    all += '|';
  }
}

void record_one(const fs::path& folder, const HttpCall& asked, std::vector<std::string> pieces,
                bool cut = false) {
  auto tape = Tape::open(Tape::Mode::record, folder.string()).value();
  auto stream = record(tape, tape->next_number(), Tape::begin(asked),
                       std::make_unique<Live>(std::move(pieces), cut), secret_of(asked));
  (void)run_task(read_all(*stream));
}

std::string text_of(const fs::path& folder) {
  std::string all;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::ifstream file(entry.path());
    all += std::string(std::istreambuf_iterator<char>(file), {});
  }
  return all;
}

TEST(Tape, PlaysThePiecesThatWereRecorded) {
  const Folder folder;
  const std::string half("\xe5\xad", 2), rest = "\x97 done";
  record_one(folder.path, call(R"({"model":"m"})"), {"data: ", half, rest});
  const auto tape = Tape::open(Tape::Mode::replay, folder.path.string()).value();
  const auto take = tape->find(Tape::begin(call(R"({"model":"m"})", "another-key")));
  ASSERT_TRUE(take) << sentence(take.error());
  const auto stream = play(*take);
  EXPECT_EQ(stream->status(), 200);
  EXPECT_EQ(find_header(stream->headers(), "content-type"), "text/event-stream");
  EXPECT_EQ(run_task(read_all(*stream)), "data: |" + half + "|" + rest + "|");
}

TEST(Tape, HoldsNoSecret) {
  const Folder folder;
  record_one(folder.path, call(R"({"model":"m"})"), {"Incorrect key sk-se", "cret given; sk-secret"});
  const std::string text = text_of(folder.path);
  EXPECT_EQ(text.find("sk-secret"), std::string::npos);
  EXPECT_EQ(text.find("Set-Cookie"), std::string::npos);
  EXPECT_NE(text.find("X-RateLimit-Limit"), std::string::npos);
  const auto tape = Tape::open(Tape::Mode::replay, folder.path.string()).value();
  const auto stream = play(tape->find(Tape::begin(call(R"({"model":"m"})"))).value());
  EXPECT_EQ(run_task(read_all(*stream)), "Incorrect key *****|**** given; *********|");
}

TEST(Tape, CutAnswersAreCutAgain) {
  const Folder folder;
  record_one(folder.path, call("{}"), {"half"}, true);
  const auto tape = Tape::open(Tape::Mode::replay, folder.path.string()).value();
  const auto stream = play(tape->find(Tape::begin(call("{}"))).value());
  EXPECT_EQ(run_task(read_all(*stream)).error().code, Code::upstream_broken_stream);
}

TEST(Tape, RepeatsAreplayedInTheirOrder) {
  const Folder folder;
  record_one(folder.path, call("{}"), {"first"});
  record_one(folder.path, call("{}"), {"second"});
  const auto tape = Tape::open(Tape::Mode::replay, folder.path.string()).value();
  for (const std::string wanted : {"first|", "second|", "second|"}) {
    const auto stream = play(tape->find(Tape::begin(call("{}"))).value());
    EXPECT_EQ(run_task(read_all(*stream)), wanted);
  }
}

TEST(Tape, RequestThatWasNotRecordedIsToldWhatDiffers) {
  const Folder folder;
  record_one(folder.path, call(R"({"model":"m","messages":[{"content":"Hello"}],"temperature":1})"), {"x"});
  record_one(folder.path, call(R"({"model":"other","messages":[],"n":1})"), {"x"});
  const auto tape = Tape::open(Tape::Mode::replay, folder.path.string()).value();
  const auto asked =
      tape->find(Tape::begin(call(R"({"model":"m","messages":[{"content":"Bye"}],"temperature":1})")));
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().code, Code::not_found);
  EXPECT_NE(asked.error().message.find("messages[0].content"), std::string::npos) << asked.error().message;
  EXPECT_EQ(asked.error().message.find("temperature"), std::string::npos);
  HttpCall elsewhere = call("{}");
  elsewhere.url = parse_url("https://api.example.org/v1/audio").value();
  EXPECT_NE(tape->find(Tape::begin(elsewhere)).error().message.find("/v1/audio"), std::string::npos);
}

TEST(Tape, LargeTextsAreDigestsAndFormsHaveOneBoundary) {
  const std::string picture(5000, 'A');
  const Exchange exchange = Tape::begin(call(R"({"image":")" + picture + "\"}"));
  EXPECT_EQ(exchange.request.find(picture), std::string::npos);
  EXPECT_NE(exchange.request.find("sha256:"), std::string::npos);
  HttpCall a = call("--b1\r\nx\r\n--b1--"), b = call("--c22\r\nx\r\n--c22--");
  a.headers[0].second = "multipart/form-data; boundary=b1";
  b.headers[0].second = "multipart/form-data; boundary=c22";
  EXPECT_EQ(Tape::begin(a).id, Tape::begin(b).id);
}

TEST(Tape, FolderThatIsNoneAndFilesThatAreNoRecordingsAreTold) {
  EXPECT_EQ(Tape::open(Tape::Mode::replay, "/nowhere/at/all").error().code, Code::misconfigured);
  EXPECT_EQ(Tape::open(Tape::Mode::record, "/proc/nowhere").error().code, Code::misconfigured);
  for (
      const std::string bad :
      {"", "{", "[]", R"({"schema":"x"})", R"({"schema":"sensorium.exchange/1","id":"a"})",
       R"({"schema":"sensorium.exchange/1","id":"a","method":"POST","address":"x","end":"whole","status":-5,"headers":[],"pieces":[]})",
       R"({"schema":"sensorium.exchange/1","id":"a","method":"POST","address":"x","end":"whole","status":200,"headers":[["a"]],"pieces":[]})",
       R"({"schema":"sensorium.exchange/1","id":"a","method":"POST","address":"x","end":"whole","status":200,"headers":[],"pieces":[7]})"}) {
    const Folder folder;
    fs::create_directories(folder.path);
    std::ofstream(folder.path / "000001.json") << bad;
    const auto tape = Tape::open(Tape::Mode::replay, folder.path.string());
    ASSERT_FALSE(tape) << bad;
    EXPECT_EQ(tape.error().code, Code::misconfigured);
  }
}

}  // namespace
}  // namespace sensorium::net
