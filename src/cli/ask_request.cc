// From flags to a request, with the slips that people make told apart.
#include "cli/ask_request.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/words.h"
#include "service/question_json.h"

namespace sensorium::cli {
namespace {

constexpr ReadLimits prompt_limits{std::int64_t{1} << 20, "nothing; a prompt may have 1 MiB"};
constexpr ReadLimits schema_limits{std::int64_t{64} << 10, "nothing; a schema may have 64 KiB"};
constexpr std::size_t max_inputs = 64;
constexpr std::string_view example = "For example: sensorium ask \"What does this say?\" photo.jpg";

bool is_file(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

std::string shown(std::string_view text) { return text::printable(text::shorten(text, 100)); }

Result<std::string> prompt_text(const std::string& given, const Interrupt& interrupt) {
  std::string prompt = given;
  if (given.starts_with('@')) {
    if (given.size() == 1)
      return Error(Code::invalid_request, "--prompt @ needs the name of a file", "Write -p @question.txt");
    prompt = SN_TRY(read_input(given.substr(1), prompt_limits, interrupt));
  }
  if (!text::valid_utf8(prompt))
    return Error(Code::invalid_request, "The prompt is not text in UTF-8", "Convert it with iconv -t UTF-8");
  if (text::trim(prompt).empty())
    return Error(Code::invalid_request, "The prompt is empty", std::string(example));
  return prompt;
}

Error prompt_missing(const std::vector<std::string>& words) {
  if (!words.empty())
    return Error(Code::invalid_request,
                 fmt::format("ask needs a PROMPT before its inputs, and \"{}\" is a file", shown(words[0])),
                 fmt::format("Write: sensorium ask \"What is this?\" {}", shell_quoted(shown(words[0]))));
  return Error(Code::invalid_request, "ask needs a PROMPT and at least one INPUT", std::string(example));
}

Error input_missing(const std::string& prompt) {
  return Error(Code::invalid_request, "ask needs at least one INPUT: a picture, or - for stdin",
               fmt::format("For example: sensorium ask {} photo.jpg", shell_quoted(shown(prompt))));
}

Error folder(const std::string& path, const Arguments& arguments) {
  std::string command = "sensorium batch ask";
  for (const std::string& word : arguments.typed()) command += " " + shell_quoted(word);
  return Error(Code::invalid_request, fmt::format("{} is a folder, and ask takes files", shown(path)),
               fmt::format("To ask about each file in it: {}", text::printable(command)));
}

Error swapped(const std::string& prompt, const std::string& input) {
  return Error(
      Code::invalid_request,
      fmt::format("\"{}\" is a file and \"{}\" is not; the PROMPT comes first", shown(prompt), shown(input)),
      fmt::format("Write: sensorium ask {} {}", shell_quoted(shown(input)), shell_quoted(shown(prompt))));
}

Result<std::vector<std::string>> listed(const Arguments& arguments, const Interrupt& interrupt) {
  std::vector<std::string> names;
  for (const std::string& file : arguments.list("files_from")) {
    const char separator = arguments.has("null") ? '\0' : '\n';
    for (std::string& name : SN_TRY(read_list(file, separator, interrupt))) names.push_back(std::move(name));
    if (names.empty())
      return Error(Code::invalid_request, fmt::format("{} names no file", shown(file)),
                   "Put one name on each line");
  }
  return names;
}

/// A folder may be planned for, file by file; asking about one is for `batch`.
Status open_folders(AskRequest& request) {
  if (request.mode != AskMode::plan || std::ranges::none_of(request.inputs, is_folder)) return {};
  request.each = true;
  request.inputs = SN_TRY(files_below(request.inputs));
  return {};
}

Status check_inputs(const AskRequest& request, const Arguments& arguments) {
  if (request.inputs.empty()) return input_missing(request.question.prompt);
  if (request.each) return {};
  if (request.inputs.size() > max_inputs)
    return Error(Code::invalid_request,
                 fmt::format("{} inputs are too many for one question, {} may be given",
                             request.inputs.size(), max_inputs),
                 "Ask about fewer at once");
  if (std::ranges::count(request.inputs, "-") > 1)
    return Error(Code::invalid_request, "\"-\" can be given once only", "stdin holds one picture");
  for (const std::string& input : request.inputs)
    if (is_folder(input)) return folder(input, arguments);
  const bool positional = !arguments.has("prompt") && arguments.words().size() == 2;
  if (positional && is_file(arguments.words()[0]) && !is_file(request.inputs[0]) &&
      request.inputs[0] != "-" && !is_url(request.inputs[0]))
    return swapped(arguments.words()[0], request.inputs[0]);
  return {};
}

std::string_view extension(AnswerFormat format) {
  switch (format) {
    case AnswerFormat::text:
      return ".txt";
    case AnswerFormat::markdown:
      return ".md";
    case AnswerFormat::json:
      return ".json";
    case AnswerFormat::json_lines:
      return ".jsonl";
  }
  return ".txt";
}

// A file, or the text itself.
Result<std::string> schema_text(const std::string& given, const Interrupt& interrupt) {
  if (given.empty()) return std::string();
  if (given.starts_with('@')) return read_input(given.substr(1), schema_limits, interrupt);
  return is_file(given) || given.ends_with(".json") ? read_input(given, schema_limits, interrupt)
                                                    : Result<std::string>(given);
}

Status fill_data_and_tiles(service::Question& question, const Arguments& arguments,
                           const Interrupt& interrupt) {
  question.schema = SN_TRY(schema_text(arguments.text("schema"), interrupt));
  if (!arguments.has("tile")) return {};
  auto tile = service::tile_choice(arguments.text("tile"));
  if (!tile)
    return Error(Code::invalid_request,
                 fmt::format("--tile must be a size from 128 to 8192 pixels or adaptive, not \"{}\"",
                             shown(arguments.text("tile"))),
                 "Write --tile, --tile=1024 or --tile=adaptive");
  question.tile = *tile;
  question.tile->overlap =
      static_cast<int>(arguments.integer("tile_overlap").value_or(question.tile->overlap));
  return {};
}

Status fill_question(service::Question& question, const Arguments& arguments) {
  using service::CacheChoice;
  question.system = arguments.text("system");
  question.detail = detail_choice(arguments);
  const std::string cache = arguments.text("cache");
  question.cache = cache == "off"       ? CacheChoice::off
                   : cache == "refresh" ? CacheChoice::refresh
                                        : CacheChoice::use;
  question.max_tokens = static_cast<int>(arguments.integer("max_tokens").value_or(question.max_tokens));
  question.temperature = arguments.number("temperature");
  question.offline = arguments.has("offline");
  question.stream = true;
  for (const std::string_view name : {"pages", "frames", "exif"})
    if (arguments.has(name)) SN_TRY(service::set_field(question, name, arguments.text(name)));
  return {};
}

}  // namespace

Result<AskRequest> ask_request(const Arguments& arguments, const Interrupt& interrupt) {
  AskRequest request;
  std::vector<std::string> words = arguments.words();
  std::vector<std::string> more = SN_TRY(listed(arguments, interrupt));
  const std::vector<std::string> attached = arguments.list("attachment");
  if (arguments.has("prompt")) {
    request.question.prompt = SN_TRY(prompt_text(arguments.text("prompt"), interrupt));
  } else {
    const bool inputs_elsewhere = !more.empty() || !attached.empty();
    if (words.empty() || (words.size() == 1 && !inputs_elsewhere && is_file(words[0])))
      return prompt_missing(words);
    request.question.prompt = SN_TRY(prompt_text(words[0], interrupt));
    words.erase(words.begin());
  }
  for (const std::vector<std::string>* names : {&std::as_const(words), &attached, &std::as_const(more)})
    request.inputs.insert(request.inputs.end(), names->begin(), names->end());
  request.mode = arguments.has("dry_run") ? AskMode::plan : AskMode::answer;
  SN_TRY(open_folders(request));
  SN_TRY(check_inputs(request, arguments));

  SN_TRY(fill_question(request.question, arguments));
  SN_TRY(fill_data_and_tiles(request.question, arguments, interrupt));
  request.models = arguments.list("model");
  if (request.models.empty()) request.models.emplace_back();
  request.format = answer_format(arguments);
  request.output = result_path(arguments.text("output"), request.inputs[0], extension(request.format));
  request.timeout = arguments.duration("timeout");
  request.max_cost_usd = arguments.number("max_cost");
  request.question.timeout = request.timeout;
  return request;
}

}  // namespace sensorium::cli
