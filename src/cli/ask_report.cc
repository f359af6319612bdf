// The four formats.
#include "cli/ask_report.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cli/words.h"
#include "service/question_json.h"

namespace sensorium::cli {
namespace {

// Text as it comes. With several models each has a head line of its own.
class TextReport : public AskReport {
 public:
  TextReport(const AskRequest& request, Output& output) : request_(request), output_(output) {}

  Status begin(std::string_view model) override {
    line_open_ = false;
    if (request_.models.size() < 2) return {};
    const std::string_view gap = first_ ? "" : "\n";
    first_ = false;
    return output_.write(fmt::format("{}## {}\n\n", gap, model));
  }
  Status text(std::string_view piece) override {
    if (!piece.empty()) line_open_ = piece.back() != '\n';
    return output_.write(output_.is_tty() ? without_controls(piece) : std::string(piece));
  }
  Status end(const Result<service::Answer>&) override {
    if (!line_open_) return {};
    line_open_ = false;
    return output_.write("\n");
  }
  Status close(int, Milliseconds) override { return {}; }

 protected:
  const AskRequest& request_;
  Output& output_;

 private:
  bool line_open_ = false, first_ = true;
};

class MarkdownReport final : public TextReport {
 public:
  using TextReport::TextReport;
  Status begin(std::string_view model) override {
    if (!titled_) SN_TRY(output_.write(fmt::format("# {}\n\n", text::trim(request_.question.prompt))));
    titled_ = true;
    return TextReport::begin(model);
  }
  Status end(const Result<service::Answer>& outcome) override {
    SN_TRY(TextReport::end(outcome));
    if (!outcome) return {};
    const Milliseconds time(static_cast<Milliseconds::rep>(outcome->timings_ms.total));
    return output_.write(fmt::format("\n*{}*\n", closing_words(*outcome, time)));
  }

 private:
  bool titled_ = false;
};

class JsonReport final : public AskReport {
 public:
  explicit JsonReport(Output& output) : output_(output) {}
  Status begin(std::string_view) override { return {}; }
  Status text(std::string_view) override { return {}; }
  Status end(const Result<service::Answer>& outcome) override {
    if (outcome) return output_.write(service::answer_json(*outcome) + "\n");
    return output_.write(service::error_json(outcome.error(), "") + "\n");
  }
  Status close(int, Milliseconds) override { return {}; }

 private:
  Output& output_;
};

class JsonLinesReport final : public AskReport {
 public:
  JsonLinesReport(const AskRequest& request, Output& output)
      : output_(output), input_(text::join(request.inputs, ", ")) {
    summary_.verb = "ask";
  }
  Status begin(std::string_view model) override { return line(service::begin_line("ask", model)); }
  Status text(std::string_view piece) override { return line(service::delta_line(piece)); }
  Status end(const Result<service::Answer>& outcome) override {
    outcome ? count(*outcome) : void(++summary_.failed);
    return line(service::item_line(input_, outcome));
  }
  Status close(int exit_code, Milliseconds elapsed) override {
    summary_.exit_code = exit_code;
    summary_.elapsed_s = std::chrono::duration<double>(elapsed).count();
    return line(service::summary_line(summary_));
  }

 private:
  Status line(std::string text) { return output_.write(text += '\n'); }
  void count(const service::Answer& answer) {
    const bool first = summary_.ok++ == 0;
    summary_.usage.input_tokens += answer.usage.input_tokens;
    summary_.usage.image_tokens += answer.usage.image_tokens;
    summary_.usage.output_tokens += answer.usage.output_tokens;
    summary_.usage.cached_tokens += answer.usage.cached_tokens;
    summary_.usage.from_provider = answer.usage.from_provider && (first || summary_.usage.from_provider);
    if (first) summary_.cost_usd = answer.cost_usd;
    else if (summary_.cost_usd && answer.cost_usd) *summary_.cost_usd += *answer.cost_usd;
    else summary_.cost_usd.reset();  // a sum with an unknown part is unknown
  }

  Output& output_;
  std::string input_;
  service::Summary summary_;
};

}  // namespace

std::unique_ptr<AskReport> make_report(const AskRequest& request, Output& output) {
  switch (request.format) {
    case AnswerFormat::json_lines:
      return std::make_unique<JsonLinesReport>(request, output);
    case AnswerFormat::json:
      return std::make_unique<JsonReport>(output);
    case AnswerFormat::markdown:
      return std::make_unique<MarkdownReport>(request, output);
    case AnswerFormat::text:
      break;
  }
  return std::make_unique<TextReport>(request, output);
}

std::string plan_words(const service::Plan& plan, std::span<const std::string> inputs) {
  Table table;
  table.row({"Model", plan.model});
  for (std::size_t i = 0; i < plan.pictures.size(); ++i) {
    const auto& picture = plan.pictures[i];
    const bool same = picture.width == picture.sent_width && picture.height == picture.sent_height;
    const std::string size = fmt::format("{} x {}", picture.width, picture.height);
    table.row(
        {i == 0 ? "Pictures" : "",
         fmt::format("{}: {}{}, {} {}, {} tokens", i < inputs.size() ? text::printable(inputs[i]) : "", size,
                     same ? ", sent as it is"
                          : fmt::format(", sent as {} x {}", picture.sent_width, picture.sent_height),
                     text::human_bytes(static_cast<std::uint64_t>(picture.sent_bytes)), picture.mime,
                     grouped(picture.estimated_tokens))});
  }
  table.row({"Calls", std::to_string(plan.calls)});
  table.row({"Tokens", fmt::format("about {} in, at most {} out", grouped(plan.input_tokens),
                                   grouped(plan.output_tokens_max))});
  const std::string price =
      !plan.cost_usd ? "unknown"
      : plan.cost_usd->first == plan.cost_usd->second
          ? money(plan.cost_usd->first)
          : fmt::format("{} to {}", money(plan.cost_usd->first), money(plan.cost_usd->second));
  table.row({"Price", price});
  return table.text();
}

}  // namespace sensorium::cli
