// Text goes to stdout while the film is read; everything else is written at the end of each film.
#include "cli/timeline_run.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "base/sha256.h"
#include "base/text.h"
#include "cli/command_config.h"
#include "cli/command_service.h"
#include "cli/flags.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/stdin_file.h"
#include "cli/terminal.h"
#include "cli/words.h"
#include "service/film_json.h"
#include "service/film_text.h"
#include "service/service.h"

namespace sensorium::cli {
namespace {

namespace files = std::filesystem;

constexpr std::int64_t most_from_stdin = 32LL << 30;

StdinWords stdin_words() {
  const std::string keep = "The film on stdin cannot be kept", hint = "Save it to a file and give that.";
  return {
      .not_connected = Error(Code::invalid_request, "\"-\" reads from stdin, but nothing is connected to it",
                             "Connect it: sensorium timeline - < film.mp4"),
      .no_place = Error(Code::misconfigured, "There is no place for a film from stdin",
                        "Set TMPDIR to a folder with room."),
      .unreadable = Error(Code::fetch_failed, keep, hint),
      .full = Error(Code::fetch_failed, keep, hint),
      .too_large = Error(Code::too_large, keep, hint)};
}

/// Tells frames as they come: lines on stdout, the report, thumbnails.
class FilmTeller final : public service::FilmSink {
 public:
  FilmTeller(const TimelineRequest& request, Output* lines, Progress& progress, std::ofstream* report,
             bool captions)
      : request_(request), lines_(lines), progress_(progress), report_(report), captions_(captions) {}

  Task<> frame(const service::FilmFrame& frame) override {
    if (report_) *report_ << service::film_decision_json(frame) << '\n' << std::flush;
    if (frame.thumb) SN_CO_TRY(keep(frame));
    if (frame.caption) last_captions_[frame.index] = *frame.caption;
    if (lines_ && frame.scene_changed && frame.decision != "poor") SN_CO_TRY(tell(frame));
    co_return Status{};
  }
  Task<> stage(std::string_view stage) override {
    progress_.show(std::string(stage));
    co_return Status{};
  }

  const std::vector<std::shared_ptr<const std::string>>& thumbs() const noexcept { return thumbs_; }

 private:
  Status tell(const service::FilmFrame& frame) {
    const auto known = last_captions_.find(frame.like.value_or(frame.index));
    ++scene_;
    std::string what = known != last_captions_.end() ? known->second : fmt::format("scene {}", scene_);
    if (frame.error) what = "(not answered: " + frame.error->message + ")";
    for (char& c : what)
      if (c == '\n' || c == '\r' || c == '\t') c = ' ';
    if (captions_ && known == last_captions_.end() && !frame.error) return {};
    progress_.hide();
    const std::string line = fmt::format("{} {}\n", service::time_mark(frame.time, duration_), what);
    return lines_->write(lines_->is_tty() ? without_controls(line) : line);
  }
  Status keep(const service::FilmFrame& frame) {
    if (!request_.thumbnails.empty()) {
      const auto path = files::path(request_.thumbnails) / fmt::format("t{:010.3f}.jpg", frame.time);
      std::ofstream out(path, std::ios::binary);
      out << *frame.thumb;
      if (!out.flush())
        return Error(Code::invalid_request, fmt::format("{} cannot be written", path.string()),
                     "Check --thumbnails.");
    }
    // The sheet stays spread over the film, whatever its length: every second picture goes when it is full.
    constexpr std::size_t most = 120;
    if (seen_++ % stride_ == 0) thumbs_.push_back(frame.thumb);
    if (thumbs_.size() < most) return {};
    for (std::size_t i = 0; i < thumbs_.size() / 2; ++i) thumbs_[i] = thumbs_[2 * i];
    thumbs_.resize(thumbs_.size() / 2);
    stride_ *= 2;
    return {};
  }

  const TimelineRequest& request_;
  Output* lines_;
  Progress& progress_;
  std::ofstream* report_;
  bool captions_;
  std::map<std::int64_t, std::string> last_captions_;
  std::vector<std::shared_ptr<const std::string>> thumbs_;
  std::size_t stride_ = 1, seen_ = 0, scene_ = 0;

 public:
  double duration_ = 0;  ///< chooses the form of the marks
};

class Timelines {
 public:
  Timelines(const CliContext& context, const TimelineRequest& request, Interrupt& interrupt)
      : context_(context),
        request_(request),
        interrupt_(interrupt),
        progress_(context.terminal, progress_when(context.arguments)) {}

  Result<int> run();

 private:
  Result<int> one(const std::string& input);
  Result<int> plan(const service::FilmQuestion& question);
  Status write_all(const std::string& input, const service::Timeline& timeline, const FilmTeller& teller,
                   Output* streamed);
  Result<std::string> content(TimelineFormat format, const std::string& input,
                              const service::Timeline& timeline, const FilmTeller& teller);
  std::string journal_for(const std::string& path) const;
  CallContext call() const { return new_call(request_.timeout, interrupt_); }
  void tell(const service::Timeline& timeline, TimePoint begin);

  const CliContext& context_;
  const TimelineRequest& request_;
  Interrupt& interrupt_;
  Progress progress_;
  CommandService service_;
  service::Summary summary_;
};

/// The same film with the same options goes on where it was stopped.
std::string Timelines::journal_for(const std::string& path) const {
  struct stat facts{};
  if (path.starts_with("/proc/") || ::stat(path.c_str(), &facts) != 0) return "";
  std::error_code ignored;
  const std::string key = sha256_hex(
      fmt::format("{}|{}|{}", files::absolute(path, ignored).string(), facts.st_size, facts.st_mtime));
  constexpr std::size_t enough = 24;
  return service_.config().server.state_dir + "/timelines/" + key.substr(0, enough) + ".jsonl";
}

Result<std::string> Timelines::content(TimelineFormat format, const std::string& input,
                                       const service::Timeline& timeline, const FilmTeller& teller) {
  switch (format) {
    case TimelineFormat::text:
      return service::timeline_text(timeline);
    case TimelineFormat::markdown:
      return service::timeline_markdown(timeline);
    case TimelineFormat::json:
      return service::timeline_json(timeline) + "\n";
    case TimelineFormat::json_lines:
      return service::film_item_line(input, timeline) + "\n";
    case TimelineFormat::csv:
      return service::timeline_csv(timeline);
    case TimelineFormat::srt:
      return service::timeline_srt(timeline);
    case TimelineFormat::vtt:
      return service::timeline_vtt(timeline);
    case TimelineFormat::contact:
      break;
  }
  constexpr int columns = 4;
  return service::contact_sheet_of(call(), teller.thumbs(), columns);
}

Status Timelines::write_all(const std::string& input, const service::Timeline& timeline,
                            const FilmTeller& teller, Output* streamed) {
  for (const TimelineFormat format : request_.formats) {
    if (streamed && format == TimelineFormat::text) {
      SN_TRY(streamed->write(service::timeline_ending(timeline)));
      continue;
    }
    Output out = SN_TRY(Output::open(result_path(request_.output, input, extension(format)), interrupt_));
    SN_TRY(out.write(SN_TRY(content(format, input, timeline, teller))));
    SN_TRY(out.commit());
  }
  return {};
}

void Timelines::tell(const service::Timeline& timeline, TimePoint begin) {
  for (const auto& warning : timeline.warnings) context_.terminal.warning(warning);
  if (request_.formats.front() == TimelineFormat::json_lines) return;
  const auto& sampling = timeline.sampling;
  std::string line = fmt::format("{} frames looked at, {} scenes", grouped(sampling.sampled),
                                 grouped(static_cast<std::int64_t>(timeline.scenes.size())));
  if (request_.question.ask)
    line += fmt::format(" · {} calls ({} kept from before) · {} · {}", grouped(timeline.calls),
                        grouped(timeline.repeated_calls), timeline.model, money(timeline.cost_usd));
  context_.terminal.note(
      context_.terminal.paint(Style::dim, fmt::format("{} · {}", line, duration_words(since(begin)))));
}

Result<int> Timelines::plan(const service::FilmQuestion& question) {
  const CallContext limits = call();
  const auto plan =
      SN_TRY(service_.run(limits, service_.service().plan_timeline(service_.shard(), limits, question)));
  Output out = SN_TRY(Output::open("", interrupt_));
  const bool json = request_.formats.front() == TimelineFormat::json ||
                    request_.formats.front() == TimelineFormat::json_lines;
  if (json) SN_TRY(out.write(service::film_plan_json(plan) + "\n"));
  else {
    Table table;
    table.row({"Film", fmt::format("{:.1f} s", plan.film_seconds)});
    table.row({"Frames", grouped(plan.frames)});
    if (!plan.model.empty()) table.row({"Model", plan.model});
    table.row({"Calls", fmt::format("at most {}", grouped(plan.calls))});
    table.row({"Tokens", fmt::format("at most {} in, {} out", grouped(plan.input_tokens),
                                     grouped(plan.output_tokens_max))});
    table.row({"Price", plan.cost_usd ? fmt::format("at most {}", money(plan.cost_usd->second)) : "unknown"});
    SN_TRY(out.write(table.text()));
  }
  for (const auto& warning : plan.warnings) context_.terminal.warning(warning);
  context_.terminal.note("Nothing was sent.");
  return 0;
}

Result<int> Timelines::one(const std::string& input) {
  const TimePoint begin = SteadyClock::now();
  StdinFile from_stdin;
  service::FilmQuestion question = request_.question;
  question.label = input;
  question.path = input == "-" ? SN_TRY(from_stdin.fill(interrupt_, most_from_stdin, stdin_words())) : input;
  if (request_.plan) return plan(question);
  question.journal = journal_for(question.path);
  std::ofstream report;
  if (!request_.report.empty()) {
    report.open(request_.report, std::ios::trunc);
    if (!report)
      return Error(Code::invalid_request,
                   fmt::format("{} cannot be written", text::printable(request_.report)), "Check --report.");
  }
  const bool stream =
      (request_.output.empty() || request_.output == "-") && request_.formats.front() == TimelineFormat::text;
  std::optional<Output> lines;
  if (stream) lines.emplace(SN_TRY(Output::open("", interrupt_)));
  FilmTeller teller(request_, lines ? &*lines : nullptr, progress_,
                    request_.report.empty() ? nullptr : &report, question.ask);
  if (stream && request_.inputs.size() > 1)
    SN_TRY(lines->write(fmt::format("## {}\n", text::printable(input))));
  const CallContext limits = call();
  auto timeline =
      service_.run(limits, service_.service().timeline(service_.shard(), limits, question, teller));
  progress_.hide();
  if (!timeline) return Error(std::move(timeline).error());
  SN_TRY(write_all(input, *timeline, teller, lines ? &*lines : nullptr));
  summary_.usage.input_tokens += timeline->usage.input_tokens;
  summary_.usage.output_tokens += timeline->usage.output_tokens;
  tell(*timeline, begin);
  return timeline->sampling.failed > 0 ? 1 : 0;
}

Result<int> Timelines::run() {
  const TimePoint begin = SteadyClock::now();
  SN_TRY(service_.open(SN_TRY(command_config(context_))));
  const bool lines = request_.formats.front() == TimelineFormat::json_lines && !request_.plan;
  const auto say = [&](const std::string& line) -> Status {
    if (!lines || !(request_.output.empty() || request_.output == "-")) return {};
    Output out = SN_TRY(Output::open("", interrupt_));
    return out.write(line + "\n");
  };
  if (!request_.thumbnails.empty()) {
    std::error_code ignored;
    files::create_directories(request_.thumbnails, ignored);
  }
  int code = 0;
  summary_.verb = "timeline";
  for (const std::string& input : request_.inputs) {
    SN_TRY(say(service::film_begin_line(input)));
    auto outcome = one(input);
    if (outcome) {
      ++summary_.ok;
      if (*outcome != 0) code = *outcome;
      continue;
    }
    ++summary_.failed;
    const Error& error = outcome.error();
    code = exit_code_of(error, interrupt_);
    if (error.code != Code::cancelled) context_.terminal.error(error);
    SN_TRY(say(service::film_item_line(input, error)));
    if (interrupt_.signal() != 0) {
      if (request_.question.ask)
        context_.terminal.note("Finished calls are kept: the same command goes on from here.");
      break;
    }
  }
  if (summary_.ok > 0 && summary_.failed > 0 && interrupt_.signal() == 0) code = 1;
  summary_.exit_code = code;
  summary_.elapsed_s = std::chrono::duration<double>(since(begin)).count();
  SN_TRY(say(service::summary_line(summary_)));
  return code;
}

}  // namespace

Result<int> run_timelines(const CliContext& context, const TimelineRequest& request, Interrupt& interrupt) {
  Timelines timelines(context, request, interrupt);
  return timelines.run();
}

}  // namespace sensorium::cli
