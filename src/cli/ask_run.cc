// One question to one model or several, one after the other.
#include "cli/ask_run.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cli/arguments.h"
#include "cli/command_config.h"
#include "cli/command_service.h"
#include "cli/inputs.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "cli/words.h"
#include "service/plan_sum.h"
#include "service/question_json.h"
#include "service/service.h"

namespace sensorium::cli {
namespace {

std::string stage_words(std::string_view stage, std::string_view model) {
  if (stage == "prepare") return "preparing the picture";
  if (stage == "waiting") return fmt::format("waiting for {}", model);
  return std::string(stage);
}

class ReportSink final : public service::AnswerSink {
 public:
  ReportSink(AskReport& report, Progress& progress, std::string model)
      : report_(report), progress_(progress), model_(std::move(model)) {}
  Task<> text(std::string_view piece) override {
    progress_.hide();
    co_return report_.text(piece);
  }
  Task<> stage(std::string_view name) override {
    progress_.show(stage_words(name, model_));
    co_return Status{};
  }

 private:
  AskReport& report_;
  Progress& progress_;
  std::string model_;
};

class Asking {
 public:
  Asking(const CliContext& context, const AskRequest& request, Interrupt& interrupt, Output output)
      : context_(context),
        request_(request),
        interrupt_(interrupt),
        output_(std::move(output)),
        report_(make_report(request, output_)),
        progress_(context.terminal, progress_when(context.arguments)) {}

  Result<int> run();

 private:
  Status open();
  Status plan();
  Result<service::Plan> plan_of_each(const CallContext& limits);
  int ask(const std::string& model);
  Result<service::Answer> answer(const std::string& model);
  void tell(const service::Answer& answer);
  CallContext call() const;
  std::string name_of(const std::string& model) const;
  int code_of(const Error& error) const;

  const CliContext& context_;
  const AskRequest& request_;
  Interrupt& interrupt_;
  Output output_;
  std::unique_ptr<AskReport> report_;
  Progress progress_;
  TimePoint begin_ = SteadyClock::now();
  double spent_ = 0;  ///< USD, so far
  service::Question question_;
  std::vector<std::string> planned_;  ///< inputs that a plan of each counts
  CommandService service_;
};

int Asking::code_of(const Error& error) const {
  return output_.closed() ? exit_of_closed_pipe : exit_code_of(error, interrupt_);
}

std::string Asking::name_of(const std::string& model) const {
  return !model.empty() ? model : service_.is_open() ? service_.config().models.default_model : "auto";
}

CallContext Asking::call() const {
  return new_call(request_.timeout.value_or(service_.config().models.timeout), interrupt_);
}

Status Asking::open() {
  Config config = SN_TRY(command_config(context_, tape_flags(context_.arguments)));
  const ReadLimits limits{config.media.max_bytes.bytes(), "[media] max_bytes_mb"};
  question_ = request_.question;
  if (!request_.each) question_.pictures = SN_TRY(read_pictures(request_.inputs, limits, interrupt_));
  return service_.open(std::move(config));
}

Result<service::Plan> Asking::plan_of_each(const CallContext& limits) {
  const ReadLimits reading{service_.config().media.max_bytes.bytes(), "[media] max_bytes_mb"};
  std::optional<service::Plan> sum;
  std::size_t skipped = 0;
  for (const std::string& input : request_.inputs) {
    question_.pictures = SN_TRY(read_pictures({input}, reading, interrupt_));
    auto one = service_.run(limits, service_.shard().plan(limits, question_));
    const bool no_picture =
        !one && (one.error().code == Code::unsupported_media || one.error().code == Code::corrupt_media);
    if (no_picture && ++skipped > 0) continue;
    if (!one) return std::move(one).error();
    planned_.push_back(input);
    if (!sum) sum = std::move(*one);
    else service::add_plan(*sum, std::move(*one));
  }
  question_.pictures.clear();
  if (!sum)
    return Error(Code::unsupported_media, "There is no picture in what was named",
                 "Name a folder with pictures");
  if (skipped > 0)
    sum->warnings.push_back(
        fmt::format("{} file{} no picture and not counted", skipped, skipped == 1 ? " is" : "s are"));
  return std::move(*sum);
}

Status Asking::plan() {
  for (const std::string& model : request_.models) {
    question_.model = model;
    question_.facts = true;
    const CallContext limits = call();
    const auto plan = request_.each ? SN_TRY(plan_of_each(limits))
                                    : SN_TRY(service_.run(limits, service_.shard().plan(limits, question_)));
    const bool json = request_.format == AnswerFormat::json || request_.format == AnswerFormat::json_lines;
    SN_TRY(output_.write(json ? service::plan_json(plan) + "\n"
                              : plan_words(plan, request_.each ? planned_ : request_.inputs)));
    for (const std::string& warning : plan.warnings) context_.terminal.warning(warning);
  }
  context_.terminal.note("Nothing was sent.");
  return output_.commit();
}

Result<service::Answer> Asking::answer(const std::string& model) {
  question_.model = model;
  const CallContext limits = call();
  // --max-cost is for all models of this command together.
  if (request_.max_cost_usd) question_.max_cost = std::max(0.0, *request_.max_cost_usd - spent_);
  ReportSink sink(*report_, progress_, name_of(model));
  progress_.show(stage_words("waiting", name_of(model)));
  service::Question question = question_;  // another model may be asked the same
  return service_.run(limits, service_.shard().ask(limits, question, sink));
}

void Asking::tell(const service::Answer& answer) {
  Terminal& terminal = context_.terminal;
  for (const std::string& warning : answer.warnings) terminal.warning(warning);
  if (answer.finish_reason == "length")
    terminal.warning(
        fmt::format("the answer ends at --max-tokens {}; raise it for more", question_.max_tokens));
  if (request_.format == AnswerFormat::json_lines) return;  // its summary says the same
  std::string line = closing_words(answer, since(begin_));
  if (!output_.is_stdout()) line += fmt::format(" · in {}", text::printable(output_.path()));
  terminal.note(terminal.paint(Style::dim, line));
}

int Asking::ask(const std::string& model) {
  Status written = report_->begin(name_of(model));
  Result<service::Answer> outcome = written ? answer(model) : Error(std::move(written).error());
  progress_.hide();
  if (const Status ended = report_->end(outcome); !ended && outcome) outcome = ended.error();
  if (outcome) {
    spent_ += outcome->cost_usd.value_or(0);
    return tell(*outcome), 0;
  }
  const int code = code_of(outcome.error());
  if (outcome.error().code != Code::cancelled) context_.terminal.error(outcome.error());
  return code;
}

Result<int> Asking::run() {
  if (const Status opened = open(); !opened) {
    // Also a failure before the first call is an item and a summary for whoever reads JSON.
    const int code = code_of(opened.error());
    if (request_.mode == AskMode::answer) {
      SN_TRY(report_->begin(name_of(request_.models.front())));
      SN_TRY(report_->end(opened.error()));
      SN_TRY(report_->close(code, since(begin_)));
    }
    if (opened.error().code != Code::cancelled) context_.terminal.error(opened.error());
    return code;
  }
  if (request_.mode == AskMode::plan) {
    const Status planned = plan();
    return planned ? Result<int>(0) : Result<int>(planned.error());
  }
  int failed = 0, code = 0;
  for (const std::string& model : request_.models) {
    const int one = ask(model);
    if (one == 0) continue;
    ++failed;
    code = one;
    if (interrupt_.signal() != 0 || output_.closed()) break;
  }
  const bool some = failed > 0 && failed < static_cast<int>(request_.models.size()) &&
                    interrupt_.signal() == 0 && !output_.closed();
  if (some) code = 1;
  SN_TRY(report_->close(code, since(begin_)));
  if (code == 0 || some) SN_TRY(output_.commit());
  return code;
}

}  // namespace

Result<int> run_ask(const CliContext& context, const AskRequest& request, Interrupt& interrupt) {
  Output output = SN_TRY(Output::open(request.output, interrupt));
  Asking asking(context, request, interrupt, std::move(output));
  return asking.run();
}

}  // namespace sensorium::cli
