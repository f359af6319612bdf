// The event loop of `transcribe`: one recording after the other, text on stdout while it comes.
#include "cli/transcribe_run.h"

#include <fmt/format.h>

#include <optional>

#include "base/text.h"
#include "cli/command_config.h"
#include "cli/command_service.h"
#include "cli/flags.h"
#include "cli/inputs.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/stdin_file.h"
#include "cli/terminal.h"
#include "service/question_json.h"
#include "service/service.h"
#include "service/transcript_lines.h"

namespace sensorium::cli {
namespace {

using service::TranscriptFormat;

constexpr Milliseconds longest{24LL * 3600 * 1000};

std::string minutes(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

StdinWords stdin_words() {
  const std::string disk = "The disk is full", no_place = "No file can be made in " + temporary_folder();
  const Error full(Code::misconfigured, disk, "Set TMPDIR to a folder with more space");
  return {.not_connected =
              Error(Code::invalid_request, "stdin is a terminal", "Pipe a recording in, or name a file"),
          .no_place = Error(Code::misconfigured, no_place, "Set TMPDIR"),
          .unreadable = Error(Code::fetch_failed, "stdin cannot be read"),
          .full = full,
          .too_large = full};
}

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

  const CliContext& context_;
  TranscribePlan plan_;
  Interrupt& interrupt_;
  Progress progress_;
  TimePoint begin_ = SteadyClock::now();
  service::Summary summary_{.verb = "transcribe", .usage = {}, .cost_usd = 0.0};
  CommandService service_;
};

Result<service::Transcript> Running::transcribe(const std::string& input, Output* live) {
  auto question = plan_.question;
  question.words = question.words || plan_.formats.front() != TranscriptFormat::text;
  question.recording.label = input;
  question.recording.path = input;
  StdinFile piped;
  if (input == "-") question.recording.path = SN_TRY(piped.fill(interrupt_, any_size, stdin_words()));
  const CallContext call = new_call(question.timeout.value_or(longest), interrupt_);
  Receiver receiver(*this, live);
  progress_.show("listening");
  auto made = service_.run(call, service_.shard().transcribe(call, question, receiver));
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
    return exit_code_of(made.error(), interrupt_);
  }
  ++summary_.ok;
  if (summary_.cost_usd && made->cost_usd) *summary_.cost_usd += *made->cost_usd;
  else summary_.cost_usd.reset();
  tell(input, *made);
  return 0;
}

Result<int> Running::run() {
  SN_TRY(service_.open(SN_TRY(command_config(context_))));
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
