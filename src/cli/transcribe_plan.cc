// Flags of `transcribe` to a plan; other programs' names for the same things are understood.
#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "base/text.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/transcribe_run.h"

namespace sensorium::cli {
namespace {

using service::TranscriptFormat;

constexpr std::string_view example = "For example: sensorium transcribe talk.mp3 -f srt";

Status set(service::TranscribeQuestion& question, const Arguments& arguments, std::string_view name) {
  if (!arguments.has(name)) return {};
  auto status = service::set_transcribe_field(question, name, arguments.text(name));
  if (status) return status;
  Error error = std::move(status).error();
  error.message = fmt::format("--{}: {}", name, error.message);
  return error;
}

Result<std::vector<TranscriptFormat>> formats_of(const Arguments& arguments) {
  const std::string names =
      arguments.has("output_format") ? arguments.text("output_format") : arguments.text("format");
  if (names == "all")
    return std::vector{TranscriptFormat::text, TranscriptFormat::srt, TranscriptFormat::vtt,
                       TranscriptFormat::tsv, TranscriptFormat::full};
  std::vector<TranscriptFormat> formats;
  for (const auto name : text::split(names, ',')) {
    const auto format = service::transcript_format(text::trim(name));
    if (!format)
      return Error(Code::invalid_request,
                   fmt::format("--format: there is no format {}", text::printable(name)),
                   "There are text, srt, vtt, tsv, json, verbose_json and all");
    // The terminal's own JSON is the whole result; OpenAI's two shapes keep their names.
    formats.push_back(*format == TranscriptFormat::json ? TranscriptFormat::full : *format);
  }
  return formats;
}

Result<std::string> read_glossary(const std::string& path) {
  std::ifstream file(path);
  if (!file)
    return Error(Code::invalid_request, fmt::format("The glossary {} cannot be read", path),
                 "Check the path");
  return std::string(std::istreambuf_iterator<char>(file), {});
}

Status check_inputs(const TranscribePlan& plan) {
  if (plan.inputs.empty())
    return Error(Code::invalid_request, "There is no recording to transcribe", std::string(example));
  for (const auto& input : plan.inputs) {
    if (is_url(input))
      return Error(Code::fetch_refused,
                   fmt::format("{} is an address; recordings are not fetched yet", text::printable(input)),
                   "Download it first, or pipe it: curl -s URL | sensorium transcribe -");
    if (input != "-" && is_folder(input))
      return Error(Code::invalid_request, fmt::format("{} is a folder", text::printable(input)),
                   fmt::format("Name its recordings: sensorium transcribe {}/*", text::printable(input)));
  }
  const bool one = plan.inputs.size() == 1 && plan.formats.size() == 1;
  if (!plan.output.empty() && plan.output != "-" && !is_folder(plan.output) && !one)
    return Error(Code::invalid_request,
                 fmt::format("Several results cannot go into the one file {}", plan.output),
                 fmt::format("Make a folder of that name first: mkdir {}", plan.output));
  if (plan.formats.size() > 1 && (plan.output.empty() || plan.output == "-"))
    return Error(Code::invalid_request, "Several formats cannot go to stdout", "Give a folder: -o DIR");
  return {};
}

}  // namespace

Result<TranscribePlan> plan_transcribe(const Arguments& arguments) {
  TranscribePlan plan;
  auto& question = plan.question;
  for (const auto name : {"language", "languages", "task", "model", "initial_prompt", "beam_size",
                          "temperature", "track", "word_timestamps", "translate_to", "translator"})
    SN_TRY(set(question, arguments, name));
  question.offline = arguments.has("offline");
  question.timeout = arguments.duration("timeout");
  if (arguments.has("glossary")) question.glossary = SN_TRY(read_glossary(arguments.text("glossary")));
  plan.inputs = arguments.words();
  plan.formats = SN_TRY(formats_of(arguments));
  plan.json_lines = arguments.has("json");
  plan.output = arguments.has("output_dir") ? arguments.text("output_dir") : arguments.text("output");
  plan.layout.line_width =
      static_cast<int>(arguments.integer("max_line_width").value_or(plan.layout.line_width));
  plan.layout.lines = static_cast<int>(arguments.integer("max_line_count").value_or(plan.layout.lines));
  const std::string which = arguments.text("subtitles");
  using Text = service::CueLayout::Text;
  if (!question.translate_to.empty())
    plan.layout.text = which == "both"       ? Text::both
                       : which == "original" ? Text::original
                                             : Text::translation;
  SN_TRY(check_inputs(plan));
  return plan;
}

std::string output_name(const std::string& folder, const std::string& input, TranscriptFormat format) {
  std::string_view extension = "json";
  if (format == TranscriptFormat::text) extension = "txt";
  if (format == TranscriptFormat::srt) extension = "srt";
  if (format == TranscriptFormat::vtt) extension = "vtt";
  if (format == TranscriptFormat::tsv) extension = "tsv";
  return fmt::format("{}/{}.{}", folder, stem_of(input), extension);
}

}  // namespace sensorium::cli
