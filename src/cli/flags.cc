// From words to choices; that they are among those allowed was checked while parsing.
#include "cli/flags.h"

namespace sensorium::cli {

AnswerFormat answer_format(const Arguments& arguments) {
  const std::string name = arguments.text("format");
  if (arguments.has("json") || name == "jsonl") return AnswerFormat::json_lines;
  if (name == "json") return AnswerFormat::json;
  return name == "md" ? AnswerFormat::markdown : AnswerFormat::text;
}

service::DetailChoice detail_choice(const Arguments& arguments) {
  const std::string detail = arguments.text("detail");
  return detail == "low"    ? service::DetailChoice::low
         : detail == "high" ? service::DetailChoice::high
                            : service::DetailChoice::automatic;
}

ProgressWhen progress_when(const Arguments& arguments) {
  const std::string when = arguments.text("progress");
  return when == "always"  ? ProgressWhen::always
         : when == "never" ? ProgressWhen::never
                           : ProgressWhen::automatic;
}

}  // namespace sensorium::cli
