// Requests, inputs and outputs against real files.
#include "cli/inputs.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "cli/ask_request.h"
#include "cli/output.h"

namespace sensorium::cli {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

class Inputs : public testing::Test {
 protected:
  Inputs() {
    std::string pattern = (fs::temp_directory_path() / "sn-cli-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~Inputs() override { fs::remove_all(folder_); }

  std::string file(const std::string& name, std::string_view content) {
    std::ofstream(folder_ / name, std::ios::binary) << content;
    return (folder_ / name).string();
  }
  std::string content(const std::string& name) {
    std::ifstream in(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  Result<std::string> read(const std::string& path, std::int64_t limit = 1000) {
    return read_input(path, {limit, "[x] y"}, interrupt_);
  }
  Code code_of(const std::string& path, std::int64_t limit = 1000) {
    const auto bytes = read(path, limit);
    return bytes ? Code::internal : bytes.error().code;
  }
  Result<AskRequest> request(const Words& words) {
    auto parsed = parse_arguments(*find_command("ask"), words);
    EXPECT_TRUE(parsed.has_value());
    arguments_ = std::make_unique<Arguments>(std::move(*parsed));
    return ask_request(*arguments_, interrupt_);
  }
  std::string complaint(const Words& words) {
    const auto made = request(words);
    return made ? "none" : sentence(made.error());
  }

  fs::path folder_;
  Interrupt interrupt_;
  std::unique_ptr<Arguments> arguments_;
};

TEST_F(Inputs, AreReadWhole) {
  const std::string big(700'000, 'x');
  EXPECT_EQ(*read(file("a", "abc")), "abc");
  EXPECT_EQ(*read(file("b", big), 700'000), big);
  EXPECT_EQ(*read(file("c", "")), "");
}

TEST_F(Inputs, BadOnesAreToldApart) {
  EXPECT_EQ(code_of((folder_ / "absent").string()), Code::fetch_failed);
  EXPECT_EQ(code_of(folder_.string()), Code::invalid_request);
  EXPECT_EQ(code_of("https://example.org/a.jpg"), Code::fetch_refused);
  EXPECT_EQ(code_of(file("big", std::string(1001, 'x'))), Code::too_large);
  EXPECT_EQ(code_of("/dev/zero", 100'000), Code::too_large);
  EXPECT_EQ(code_of(file("a", "x") + "/b"), Code::fetch_failed);
}

TEST_F(Inputs, HugeFilesAreRefusedUnread) {
  const std::string path = file("sparse", "");
  fs::resize_file(path, std::uintmax_t{10} << 30);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(code_of(path), Code::too_large);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
}

TEST_F(Inputs, AFifoIsWaitedForAndReadToItsEnd) {
  const std::string path = (folder_ / "fifo").string();
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::jthread writer([path] { std::ofstream(path) << "late"; });
  EXPECT_EQ(*read(path), "late");
}

TEST_F(Inputs, ListsOfNames) {
  EXPECT_EQ(*read_list(file("list", "a.jpg\r\n\nb c.png\n"), '\n', interrupt_), (Words{"a.jpg", "b c.png"}));
  EXPECT_EQ(*read_list(file("zero", std::string_view("a\nb\0c\0", 6)), '\0', interrupt_),
            (Words{"a\nb", "c"}));
}

TEST_F(Inputs, RequestsTakePromptAndInputsFromWordsFlagsAndFiles) {
  const std::string picture = file("a.png", "x"), list = file("list", picture + "\n");
  const auto plain = request({"What?", picture, "-a", picture, "--files-from", list});
  ASSERT_TRUE(plain.has_value()) << sentence(plain.error());
  EXPECT_EQ(plain->question.prompt, "What?");
  EXPECT_EQ(plain->inputs, (Words{picture, picture, picture}));
  const auto from_file =
      request({"-p", "@" + file("q.txt", "Why?\n"), picture, "-s", "brief", "--detail", "low"});
  ASSERT_TRUE(from_file.has_value()) << sentence(from_file.error());
  EXPECT_EQ(from_file->question.prompt, "Why?\n");
  EXPECT_EQ(from_file->question.detail, service::DetailChoice::low);
  EXPECT_EQ(from_file->inputs, Words{picture});
}

TEST_F(Inputs, SlipsGetTheCommandThatWasMeant) {
  const std::string picture = file("a.png", "x");
  EXPECT_NE(complaint({}).find("PROMPT"), std::string::npos);
  EXPECT_NE(complaint({picture}).find("sensorium ask \"What is this?\" " + picture), std::string::npos);
  EXPECT_NE(complaint({"What?"}).find("INPUT"), std::string::npos);
  EXPECT_NE(complaint({picture, "What is it"}).find("sensorium ask 'What is it' " + picture),
            std::string::npos);
  EXPECT_NE(complaint({"What's up?", folder_.string(), "--json"})
                .find("sensorium batch ask 'What'\\''s up?' " + folder_.string() + " --json"),
            std::string::npos);
  EXPECT_NE(complaint({"What?", "-", "-"}).find("once"), std::string::npos);
  EXPECT_NE(complaint({"  ", picture}).find("empty"), std::string::npos);
  EXPECT_NE(complaint({"-p", "@", picture}).find("@question.txt"), std::string::npos);
  EXPECT_NE(complaint({"-p", "@" + (folder_ / "absent").string(), picture}).find("absent"),
            std::string::npos);
  EXPECT_NE(complaint({"\xff\xfe", picture}).find("UTF-8"), std::string::npos);
}

TEST_F(Inputs, OutputIntoAFolderIsNamedAfterTheInput) {
  const std::string picture = file("scan.png", "x");
  EXPECT_EQ(request({"What?", picture, "-o", folder_.string(), "-f", "md"})->output,
            (folder_ / "scan.md").string());
}

TEST_F(Inputs, OutputFilesAppearWhenComplete) {
  const std::string path = (folder_ / "out.txt").string();
  {
    auto output = Output::open(path, interrupt_);
    ASSERT_TRUE(output.has_value());
    ASSERT_TRUE(output->write("text").has_value());
    EXPECT_FALSE(fs::exists(path));
    EXPECT_TRUE(fs::exists(path + ".part"));
    ASSERT_TRUE(output->commit().has_value());
  }
  EXPECT_EQ(content("out.txt"), "text");
  EXPECT_FALSE(fs::exists(path + ".part"));
}

TEST_F(Inputs, FailedOutputLeavesTheOldFileAlone) {
  const std::string path = file("out.txt", "old");
  {
    auto output = Output::open(path, interrupt_);
    ASSERT_TRUE(output->write("new").has_value());
  }
  EXPECT_EQ(content("out.txt"), "old");
  EXPECT_FALSE(fs::exists(path + ".part"));
  EXPECT_FALSE(Output::open((folder_ / "no/such/folder").string(), interrupt_).has_value());
  EXPECT_FALSE(Output::open(folder_.string(), interrupt_).has_value());
}

TEST_F(Inputs, ASignalStopsWaitingAndTheToken) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const std::string path = "/dev/fd/" + std::to_string(pipe[0]);
  std::jthread sender([] { ::kill(::getpid(), SIGINT); });
  const auto bytes = read(path);
  ASSERT_FALSE(bytes.has_value());
  EXPECT_EQ(bytes.error().code, Code::cancelled);
  EXPECT_EQ(interrupt_.signal(), SIGINT);
  EXPECT_EQ(exit_code_of_signal(SIGINT), 130);
  EXPECT_EQ(exit_code_of_signal(SIGTERM), 143);
  ::close(pipe[0]);
  ::close(pipe[1]);
}

}  // namespace
}  // namespace sensorium::cli
