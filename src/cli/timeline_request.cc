// Flags to a film question.
#include "cli/timeline_request.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/text.h"
#include "cli/flags.h"
#include "cli/inputs.h"
#include "cli/words.h"
#include "service/film_json.h"

namespace sensorium::cli {
namespace {

constexpr std::pair<std::string_view, TimelineFormat> names[] = {
    {"text", TimelineFormat::text}, {"md", TimelineFormat::markdown},
    {"json", TimelineFormat::json}, {"jsonl", TimelineFormat::json_lines},
    {"csv", TimelineFormat::csv},   {"srt", TimelineFormat::srt},
    {"vtt", TimelineFormat::vtt},   {"contact", TimelineFormat::contact}};

Result<std::vector<TimelineFormat>> formats_of(const Arguments& arguments) {
  if (arguments.has("json")) return std::vector{TimelineFormat::json_lines};
  std::vector<TimelineFormat> formats;
  const std::string list = arguments.text("format");
  for (const std::string_view name : text::split(list, ',')) {
    const auto* found =
        std::ranges::find(names, text::trim(name), [](const auto& each) { return each.first; });
    if (found == std::end(names))
      return Error(Code::invalid_request,
                   fmt::format("\"{}\" is no format", text::printable(text::shorten(name, 40))),
                   "Formats: text, md, json, jsonl, csv, srt, vtt, contact; several with commas.");
    formats.push_back(found->second);
  }
  return formats;
}

/// Flags that mean the same as fields of POST /v1/analyze/video.
constexpr std::string_view fields[] = {
    "prompt",      "why",        "model",  "fps",      "target_frames", "max_frames", "threshold",
    "concurrency", "max_tokens", "scenes", "sampling", "cache",         "max_cost"};

}  // namespace

Result<double> parse_film_time(std::string_view given) {
  const auto wrong = [&] {
    return Error(Code::invalid_request,
                 fmt::format("\"{}\" is no time", text::printable(text::shorten(given, 40))),
                 "Write 90, 1:30 or 0:01:30.5.");
  };
  double seconds = 0;
  const auto parts = text::split(given, ':');
  if (parts.size() > 3) return wrong();
  for (const std::string_view part : parts) {
    std::string_view digits = part;
    if (parts.size() == 1 && digits.ends_with('s')) digits.remove_suffix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size() || !(value >= 0) || value > 1e7)
      return wrong();
    seconds = seconds * 60 + value;
  }
  return seconds;
}

std::string_view extension(TimelineFormat format) noexcept {
  constexpr std::string_view endings[] = {".txt", ".md", ".json", ".jsonl", ".csv", ".srt", ".vtt", ".jpg"};
  return endings[std::to_underlying(format)];
}

Result<TimelineRequest> timeline_request(const Arguments& arguments) {
  TimelineRequest request;
  auto& question = request.question;
  request.inputs = arguments.words();
  if (request.inputs.empty())
    return Error(Code::invalid_request, "timeline needs at least one VIDEO",
                 "For example: sensorium timeline talk.mp4");
  for (const std::string& input : request.inputs) {
    if (is_url(input))
      return Error(Code::fetch_refused, "timeline reads files, and this is a URL",
                   fmt::format("Download it first: curl -fLO {}", text::printable(input)));
    if (is_folder(input))
      return Error(Code::invalid_request,
                   fmt::format("{} is a folder, and timeline takes files", text::printable(input)),
                   fmt::format("For each film in it: sensorium batch timeline {}",
                               shell_quoted(text::printable(input))));
  }
  for (const std::string_view name : fields)
    if (const std::string value = arguments.text(name); !value.empty())
      SN_TRY(service::set_film_field(question, name, value));
  const std::string from = arguments.text("from"), to = arguments.text("to");
  if (!from.empty()) question.from = SN_TRY(parse_film_time(from));
  if (!to.empty()) question.to = SN_TRY(parse_film_time(to));
  if (question.to > 0 && question.to <= question.from)
    return Error(Code::invalid_request, "--to lies before --from",
                 "Give --from 1:00 --to 2:00, for example.");
  question.detail = detail_choice(arguments);
  question.scene_only = !arguments.has("all_frames");
  question.speech = !arguments.has("no_speech");
  question.ask = !arguments.has("no_model");
  question.offline = arguments.has("offline");
  question.subtitles = arguments.text("subtitles");
  request.formats = SN_TRY(formats_of(arguments));
  request.output = arguments.text("output");
  request.report = arguments.text("report");
  request.thumbnails = arguments.text("thumbnails");
  request.timeout = arguments.duration("timeout");
  request.plan = arguments.has("dry_run");
  const bool to_stdout = request.output.empty() || request.output == "-";
  if (to_stdout && request.formats.size() > 1)
    return Error(Code::invalid_request, "Several formats need a place to go", "Add -o FOLDER.");
  if (to_stdout && request.formats.front() == TimelineFormat::contact)
    return Error(Code::invalid_request, "A contact sheet is a picture and needs a file", "Add -o sheet.jpg.");
  if (!to_stdout && !is_folder(request.output) && (request.formats.size() > 1 || request.inputs.size() > 1))
    return Error(
        Code::invalid_request,
        fmt::format("{} is no folder, and there are several results", text::printable(request.output)),
        fmt::format("Make it first: mkdir -p {}", shell_quoted(text::printable(request.output))));
  question.thumbnails =
      !request.thumbnails.empty() || std::ranges::count(request.formats, TimelineFormat::contact) > 0;
  return request;
}

}  // namespace sensorium::cli
