// Lines of `sensorium transcribe --json`.
#pragma once

#include "service/transcript.h"

namespace sensorium::service {

/// {"type":"item",...} without the line end.
std::string transcript_item_line(std::string_view input, const Result<Transcript>& outcome);

}  // namespace sensorium::service
