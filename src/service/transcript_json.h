// The JSON body of POST /v1/analyze/audio.
#pragma once

#include "service/transcript.h"

namespace sensorium::service {

/// Errors: invalid_request with `param`, fetch_refused for http(s) addresses.
Result<TranscribeQuestion> parse_transcribe(std::string_view body);

}  // namespace sensorium::service
