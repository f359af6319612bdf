// Inputs: the files and the standard input that a command names, read with their limit checked first.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/interrupt.h"
#include "service/question.h"

namespace sensorium::cli {

/// How much may be read.
struct ReadLimits {
  std::int64_t max_bytes;
  std::string_view setting;  ///< the name of the limit for the hint: "[media] max_bytes_mb"
};

/// Everything behind `path`, "-" for stdin; at most one byte more than the limit is ever read. Blocks.
/// Errors: not_found as fetch_failed (exit 3), too_large, invalid_request (a folder; stdin is a terminal),
/// fetch_refused (a URL: only read_pictures() takes those), cancelled.
Result<std::string> read_input(const std::string& path, const ReadLimits& limits, const Interrupt& interrupt);

/// Names of inputs, one a line (or ended by a zero byte with -0) in FILE or on stdin; empty lines do not
/// count.
Result<std::vector<std::string>> read_list(const std::string& path, char separator,
                                           const Interrupt& interrupt);

/// True for "https://…" and the like.
bool is_url(std::string_view input) noexcept;
/// True when `path` is a folder. Blocks shortly.
bool is_folder(const std::string& path) noexcept;

/// `inputs` with every folder replaced by the files below it, sorted. Blocks. Errors: invalid_request (a
/// folder that cannot be read, more than 100,000 files).
Result<std::vector<std::string>> files_below(const std::vector<std::string>& inputs);

/// Reads all files; URLs are left to the service, which fetches them. The label of each picture is the name
/// as given.
Result<std::vector<service::PictureSource>> read_pictures(const std::vector<std::string>& inputs,
                                                          const ReadLimits& limits,
                                                          const Interrupt& interrupt);

}  // namespace sensorium::cli
