// AskReport: how an answer is shown: as text while it comes, as Markdown, as one object, as JSON Lines.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "cli/ask_request.h"
#include "cli/output.h"
#include "service/question.h"

namespace sensorium::cli {

/// The calls come in this order: for each model begin, text..., end; then close, once, also on failure.
class AskReport {
 public:
  virtual ~AskReport() = default;
  virtual Status begin(std::string_view model) = 0;
  virtual Status text(std::string_view piece) = 0;
  virtual Status end(const Result<service::Answer>& outcome) = 0;
  virtual Status close(int exit_code, Milliseconds elapsed) = 0;
};

/// `request` and `output` must outlive the report.
std::unique_ptr<AskReport> make_report(const AskRequest& request, Output& output);

/// The plan as a table for people.
std::string plan_words(const service::Plan& plan, std::span<const std::string> inputs);

}  // namespace sensorium::cli
