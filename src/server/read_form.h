// The body of a call as a form; as one that becomes a question.
#pragma once

#include "server/call.h"
#include "server/form.h"
#include "service/question.h"

namespace sensorium::server {

/// Feeds the body of `call` to `form` until it ends; what may block goes to the pool for files, within `ctx`.
Task<> fill_form(Call& call, const CallContext& ctx, Form& form);

/// `prompt` is asked where the form has none; `check` judges the whole. Errors: those of UploadForm.
Task<service::Question> read_form(Call& call, std::string_view prompt,
                                  Status (*check)(const service::Question&));

}  // namespace sensorium::server
