// The event loop of `transcribe`: one recording after the other, text on stdout while it comes.
#include "cli/transcribe_run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <optional>

#include "base/ids.h"
#include "base/text.h"
#include "cli/command_config.h"
#include "cli/inputs.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "exec/guard.h"
#include "exec/run_task.h"
#include "service/question_json.h"
#include "service/service.h"
#include "service/transcript_lines.h"

namespace sensorium::cli {
namespace {

using service::TranscriptFormat;

constexpr Milliseconds longest{24LL * 3600 * 1000};
constexpr std::size_t copy_bytes = 256UL << 10;

ProgressWhen progress_when(const Arguments& arguments) {
  const std::string when = arguments.text("progress");
  return when == "always"  ? ProgressWhen::always
         : when == "never" ? ProgressWhen::never
                           : ProgressWhen::automatic;
}

std::string minutes(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

/// What comes on stdin, as a file that can be read at any place: containers are not always in order.
class StdinFile {
 public:
  ~StdinFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  StdinFile() = default;
  StdinFile(const StdinFile&) = delete;
  StdinFile& operator=(const StdinFile&) = delete;

  Result<std::string> read(const Interrupt& interrupt) {
    if (::isatty(STDIN_FILENO))
      return Error(Code::invalid_request, "stdin is a terminal", "Pipe a recording in, or name a file");
    const char* folder = std::getenv("TMPDIR");
    std::string name = std::string(folder ? folder : "/tmp") + "/sensorium-XXXXXX";
    fd_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (fd_ < 0)
      return Error(Code::misconfigured, fmt::format("No file can be made in {}", name), "Set TMPDIR");
    ::unlink(name.c_str());
    std::string buffer(copy_bytes, '\0');
    for (;;) {
      SN_TRY(interrupt.wait(STDIN_FILENO, POLLIN));
      const auto got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
      if (got == 0) return fmt::format("/proc/self/fd/{}", fd_);
      if (got < 0 && errno != EINTR) return Error(Code::fetch_failed, "stdin cannot be read");
      for (ssize_t done = 0; done < got;) {
        const auto put = ::write(fd_, buffer.data() + done, static_cast<std::size_t>(got - done));
        if (put < 0)
          return Error(Code::misconfigured, "The disk is full", "Set TMPDIR to a folder with more space");
        done += put;
      }
    }
  }

 private:
  int fd_ = -1;
};

class Running {
 public:
  Running(const CliContext& context, TranscribePlan plan, Interrupt& interrupt)
      : context_(context),
        plan_(std::move(plan)),
        interrupt_(interrupt),
        progress_(context.terminal, progress_when(context.arguments)) {}

  Result<int> run();

 private:
  /// Text goes out while it is recognised; other formats need the whole.
  class Receiver final : public service::TranscriptReceiver {
   public:
    Receiver(Running& run, Output* live) : run_(run), live_(live) {}
    Task<> segment(const service::TranscriptSegment& segment) override {
      if (!live_) co_return Status{};
      run_.progress_.hide();
      const std::string line =
          run_.plan_.json_lines ? service::delta_line(segment.text) : std::string(text::trim(segment.text));
      co_return live_->write((live_->is_tty() ? without_controls(line) : line) + "\n");
    }
    Task<> progress(double done, double total) override {
      run_.progress_.show(total > 0 ? fmt::format("{} of {} transcribed", minutes(done), minutes(total))
                                    : fmt::format("{} transcribed", minutes(done)));
      co_return Status{};
    }

   private:
    Running& run_;
    Output* live_;
  };

  bool to_stdout() const { return plan_.output.empty() || plan_.output == "-"; }
  bool live() const {
    return to_stdout() && (plan_.json_lines || (plan_.formats.front() == TranscriptFormat::text &&
                                                plan_.question.translate_to.empty()));
  }
  Result<service::Transcript> transcribe(const std::string& input, Output* live);
  Status write(const std::string& input, const service::Transcript& transcript, Output* out);
  Status finish_file(const std::string& input, const service::Transcript& transcript,
                     TranscriptFormat format);
  void tell(const std::string& input, const service::Transcript& transcript);
  int one(const std::string& input, Output* out);
  int code_of(const Error& error) const {
    if (error.code == Code::cancelled && interrupt_.signal() != 0)
      return exit_code_of_signal(interrupt_.signal());
    return facts(error.code).exit;
  }

  const CliContext& context_;
  TranscribePlan plan_;
  Interrupt& interrupt_;
  Progress progress_;
  TimePoint begin_ = SteadyClock::now();
  service::Summary summary_{.verb = "transcribe", .usage = {}, .cost_usd = 0.0};
  // In the order in which they depend on each other.
  std::unique_ptr<service::Service> service_;
  boost::asio::io_context io_{1};
  std::unique_ptr<service::ServiceShard> shard_;
};

Result<service::Transcript> Running::transcribe(const std::string& input, Output* live) {
  auto question = plan_.question;
  question.words = question.words || plan_.formats.front() != TranscriptFormat::text;
  question.recording.label = input;
  question.recording.path = input;
  StdinFile piped;
  if (input == "-") question.recording.path = SN_TRY(piped.read(interrupt_));
  const CallContext call(make_id("req_"), SteadyClock::now() + question.timeout.value_or(longest),
                         interrupt_.token());
  Receiver receiver(*this, live);
  progress_.show("listening");
  auto made = run_task(io_, guarded(call, shard_->transcribe(call, question, receiver)));
  progress_.hide();
  if (made) made->with_words = question.words;
  return made;
}

Status Running::finish_file(const std::string& input, const service::Transcript& transcript,
                            TranscriptFormat format) {
  const std::string path = is_folder(plan_.output) ? output_name(plan_.output, input, format) : plan_.output;
  Output file = SN_TRY(Output::open(path, interrupt_));
  std::string text = service::transcript_as(transcript, format, plan_.layout);
  if (!text.ends_with('\n')) text += '\n';
  SN_TRY(file.write(text));
  SN_TRY(file.commit());
  context_.terminal.note(fmt::format("{}: {}", text::printable(input), text::printable(path)));
  return {};
}

Status Running::write(const std::string& input, const service::Transcript& transcript, Output* out) {
  if (!to_stdout()) {
    for (const auto format : plan_.formats) SN_TRY(finish_file(input, transcript, format));
    return {};
  }
  if (live()) return {};
  std::string text = service::transcript_as(transcript, plan_.formats.front(), plan_.layout);
  if (!text.ends_with('\n')) text += '\n';
  return out->write(out->is_tty() ? without_controls(text) : text);
}

void Running::tell(const std::string& input, const service::Transcript& transcript) {
  for (const auto& warning : transcript.warnings) context_.terminal.warning(warning);
  if (plan_.json_lines) return;
  const double seconds = transcript.total_ms / 1000;
  context_.terminal.note(context_.terminal.paint(
      Style::dim, fmt::format("{} · {} · {} of sound in {:.1f} s ({:.0f} times real time){}",
                              text::printable(input), transcript.model, minutes(transcript.duration), seconds,
                              seconds > 0 ? transcript.duration / seconds : 0,
                              transcript.language.empty() ? "" : " · " + transcript.language)));
}

int Running::one(const std::string& input, Output* out) {
  if (plan_.json_lines && out)
    (void)out->write(service::begin_line("transcribe", plan_.question.model) + "\n");
  auto made = transcribe(input, live() ? out : nullptr);
  Status written = made ? write(input, *made, out) : Status{};
  if (!written) made = written.error();
  if (plan_.json_lines && out) (void)out->write(service::transcript_item_line(input, made) + "\n");
  if (!made) {
    ++summary_.failed;
    if (made.error().code != Code::cancelled) {
      Error error = made.error();
      if (plan_.inputs.size() > 1)
        error.message = fmt::format("{}: {}", text::printable(input), error.message);
      context_.terminal.error(error);
    }
    return code_of(made.error());
  }
  ++summary_.ok;
  if (summary_.cost_usd && made->cost_usd) *summary_.cost_usd += *made->cost_usd;
  else summary_.cost_usd.reset();
  tell(input, *made);
  return 0;
}

Result<int> Running::run() {
  Config config = SN_TRY(command_config(context_));
  service_ = SN_TRY(service::Service::create(std::move(config)));
  shard_ = service_->open_shard(io_);
  std::optional<Output> out;
  if (to_stdout() || plan_.json_lines) out.emplace(SN_TRY(Output::open("-", interrupt_)));
  int code = 0;
  for (const auto& input : plan_.inputs) {
    const int result = one(input, out ? &*out : nullptr);
    if (result != 0) code = result;
    if (out && out->closed()) return exit_of_closed_pipe;
    if (interrupt_.signal() != 0) break;
  }
  if (summary_.ok > 0 && summary_.failed > 0 && interrupt_.signal() == 0) code = 1;
  if (plan_.json_lines && out) {
    summary_.exit_code = code;
    summary_.elapsed_s = std::chrono::duration<double>(SteadyClock::now() - begin_).count();
    SN_TRY(out->write(service::summary_line(summary_) + "\n"));
  }
  return code;
}

}  // namespace

Result<int> run_transcribe(const CliContext& context) {
  auto plan = SN_TRY(plan_transcribe(context.arguments));
  Interrupt interrupt;
  Running running(context, std::move(plan), interrupt);
  return running.run();
}

}  // namespace sensorium::cli
