// The body of a call as a form that becomes a question.
#pragma once

#include "server/call.h"
#include "service/question.h"

namespace sensorium::server {

/// `prompt` is asked where the form has none; `check` judges the whole. Errors: those of UploadForm.
Task<service::Question> read_form(Call& call, std::string_view prompt,
                                  Status (*check)(const service::Question&));

}  // namespace sensorium::server
