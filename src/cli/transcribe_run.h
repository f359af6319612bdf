// `sensorium transcribe` from flags to files.
#pragma once

#include "cli/arguments.h"
#include "cli/command.h"
#include "service/transcript.h"

namespace sensorium::cli {

/// Blocks until all inputs are done. The exit code; Errors: invalid_request before anything was read.
Result<int> run_transcribe(const CliContext& context);

struct TranscribePlan {
  service::TranscribeQuestion question;  ///< all but its recording
  std::vector<std::string> inputs;
  std::vector<service::TranscriptFormat> formats;  ///< at least one
  service::CueLayout layout;
  std::string output;  ///< "" and "-": stdout; a folder, or a file for a single result
  bool json_lines = false;
};
/// Reads the glossary. Errors: invalid_request.
Result<TranscribePlan> plan_transcribe(const Arguments& arguments);

/// "-o DIR": STEM.srt; the extension of a format.
std::string output_name(const std::string& folder, const std::string& input,
                        service::TranscriptFormat format);

}  // namespace sensorium::cli
