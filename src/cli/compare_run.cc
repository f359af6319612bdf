// One comparison from flags to exit code.
#include "cli/compare_run.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cli/arguments.h"
#include "cli/command_config.h"
#include "cli/command_service.h"
#include "cli/flags.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "cli/words.h"
#include "service/question_json.h"
#include "service/service.h"

namespace sensorium::cli {
namespace {

constexpr int differs_exit = 1;
constexpr ReadLimits prompt_limits{std::int64_t{1} << 20, "nothing; a prompt may have 1 MiB"};

class StageSink final : public service::AnswerSink {
 public:
  explicit StageSink(Progress& progress) : progress_(progress) {}
  Task<> text(std::string_view) override { co_return Status{}; }
  Task<> stage(std::string_view name) override {
    progress_.show(std::string(name));
    co_return Status{};
  }

 private:
  Progress& progress_;
};

Result<service::Question> question_of(const Arguments& arguments, const Interrupt& interrupt) {
  using service::CompareParts;
  service::Question question;
  const std::string only = arguments.text("only"), prompt = arguments.text("prompt");
  question.parts = only == "pixels"  ? CompareParts::pixels
                   : only == "words" ? CompareParts::words
                                     : CompareParts::both;
  question.tolerance = static_cast<int>(arguments.integer("tolerance").value_or(question.tolerance));
  question.prompt =
      prompt.starts_with('@') ? SN_TRY(read_input(prompt.substr(1), prompt_limits, interrupt)) : prompt;
  if (!text::valid_utf8(question.prompt))
    return Error(Code::invalid_request, "The prompt is not text in UTF-8", "Convert it with iconv -t UTF-8");
  question.model = arguments.text("model");
  question.detail = detail_choice(arguments);
  question.max_tokens = static_cast<int>(arguments.integer("max_tokens").value_or(question.max_tokens));
  question.offline = arguments.has("offline");
  question.timeout = arguments.duration("timeout");
  return question;
}

Status check_inputs(const Arguments& arguments) {
  const auto& inputs = arguments.words();
  if (inputs.size() < 2)
    return Error(Code::invalid_request, "compare needs at least two pictures",
                 "For example: sensorium compare before.png after.png");
  if (std::ranges::count(inputs, "-") > 1)
    return Error(Code::invalid_request, "\"-\" can be given once only", "stdin holds one picture");
  for (const auto& input : inputs)
    if (is_folder(input))
      return Error(
          Code::invalid_request,
          fmt::format("{} is a folder, and compare takes files", text::printable(text::shorten(input, 100))),
          "Name the pictures to compare");
  return {};
}

std::string region_rows(const service::Measured& measured) {
  Table table;
  for (const auto& r : measured.regions)
    table.row({fmt::format("x {}, y {}", r.x, r.y), fmt::format("{} x {} px", r.width, r.height)});
  return table.text("  ");
}

/// The text, or Markdown with its head line and a table of regions.
std::string shown(const service::Comparison& comparison, const std::vector<std::string>& inputs,
                  bool markdown) {
  std::string out =
      markdown ? fmt::format("# Comparison of {}\n\n", text::printable(text::join(inputs, ", "))) : "";
  out += comparison.answer.result;
  for (std::size_t i = 0; i < comparison.measured.size(); ++i) {
    const auto& measured = comparison.measured[i];
    if (measured.regions.empty()) continue;
    if (!markdown) {
      out +=
          fmt::format("Changed regions of picture 1 against picture {}:\n{}", i + 2, region_rows(measured));
      continue;
    }
    out += fmt::format("\n| Region against picture {} | Size |\n|---|---|\n", i + 2);
    for (const auto& r : measured.regions)
      out += fmt::format("| x {}, y {} | {} x {} |\n", r.x, r.y, r.width, r.height);
  }
  return out;
}

class Comparing {
 public:
  Comparing(const CliContext& context, Interrupt& interrupt, Output output)
      : context_(context),
        interrupt_(interrupt),
        output_(std::move(output)),
        format_(answer_format(context.arguments)) {}

  Result<int> run() {
    auto comparison = compared();
    const int code = comparison ? exit_of(*comparison) : code_of(comparison.error());
    if (const Status told = tell(comparison, code); !told && comparison) return code_of(told.error());
    if (!comparison) {
      if (comparison.error().code != Code::cancelled) context_.terminal.error(comparison.error());
      return code;
    }
    SN_TRY(output_.commit());
    for (const auto& warning : comparison->answer.warnings) context_.terminal.warning(warning);
    if (format_ != AnswerFormat::json_lines && context_.arguments.text("only") != "pixels")
      context_.terminal.note(
          context_.terminal.paint(Style::dim, closing_words(comparison->answer, since(begin_))));
    return code;
  }

 private:
  Result<service::Comparison> compared() {
    SN_TRY(check_inputs(context_.arguments));
    Config config = SN_TRY(command_config(context_));
    const ReadLimits limits{config.media.max_bytes.bytes(), "[media] max_bytes_mb"};
    auto question = SN_TRY(question_of(context_.arguments, interrupt_));
    question.pictures = SN_TRY(read_pictures(context_.arguments.words(), limits, interrupt_));
    CommandService service;
    SN_TRY(service.open(std::move(config)));
    const CallContext call = new_call(question.timeout.value_or(service.config().models.timeout), interrupt_);
    Progress progress(context_.terminal, ProgressWhen::automatic);
    StageSink sink(progress);
    return service.run(call, service.shard().compare(call, question, sink));
  }

  int exit_of(const service::Comparison& comparison) const {
    return context_.arguments.has("exit_code") && comparison.differs() ? differs_exit : 0;
  }
  int code_of(const Error& error) const {
    return output_.closed() ? exit_of_closed_pipe : exit_code_of(error, interrupt_);
  }

  Status tell(const Result<service::Comparison>& comparison, int code) {
    if (format_ == AnswerFormat::json_lines) return lines(comparison, code);
    if (!comparison) return {};
    if (format_ == AnswerFormat::json) return output_.write(service::comparison_json(*comparison) + "\n");
    return output_.write(shown(*comparison, context_.arguments.words(), format_ == AnswerFormat::markdown));
  }

  Status lines(const Result<service::Comparison>& comparison, int code) {
    const std::string inputs = text::join(context_.arguments.words(), ", ");
    SN_TRY(output_.write(service::begin_line("compare", comparison ? comparison->answer.model
                                                                   : context_.arguments.text("model")) +
                         "\n"));
    SN_TRY(output_.write(service::comparison_line(inputs, comparison) + "\n"));
    service::Summary summary;
    summary.verb = "compare";
    (comparison ? summary.ok : summary.failed) = 1;
    if (comparison) summary.usage = comparison->answer.usage, summary.cost_usd = comparison->answer.cost_usd;
    summary.exit_code = code;
    summary.elapsed_s = std::chrono::duration<double>(since(begin_)).count();
    return output_.write(service::summary_line(summary) + "\n");
  }

  const CliContext& context_;
  Interrupt& interrupt_;
  Output output_;
  AnswerFormat format_;
  TimePoint begin_ = SteadyClock::now();
};

}  // namespace

Result<int> run_compare(const CliContext& context, Interrupt& interrupt) {
  Output output = SN_TRY(Output::open(context.arguments.text("output"), interrupt));
  return Comparing(context, interrupt, std::move(output)).run();
}

}  // namespace sensorium::cli
