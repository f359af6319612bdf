// What `ask` was told to do, checked as far as that is possible before anything is read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/flags.h"
#include "cli/interrupt.h"
#include "service/question.h"

namespace sensorium::cli {

enum class AskMode : unsigned char { answer, plan };

struct AskRequest {
  service::Question question;       ///< all but its pictures and its model
  std::vector<std::string> inputs;  ///< files, "-"; at least one
  std::vector<std::string> models;  ///< each answers; at least one, "" for the default
  AnswerFormat format = AnswerFormat::text;
  AskMode mode = AskMode::answer;
  bool each = false;   ///< a plan: one question for each input, as `batch ask` would ask them
  std::string output;  ///< "" and "-": stdout
  std::optional<Milliseconds> timeout;
  std::optional<double> max_cost_usd;
};

/// Reads prompt and lists from files where the flags say so. Blocks. Errors: invalid_request with an
/// example, those of read_input().
Result<AskRequest> ask_request(const Arguments& arguments, const Interrupt& interrupt);

}  // namespace sensorium::cli
