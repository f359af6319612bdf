// Answering a question over HTTP, whole or as a stream; shared by the endpoints that take questions.
#pragma once

#include "server/call.h"

namespace sensorium::server {

/// Replies with sensorium.answer/1, or streams it when question.stream. Errors before the first byte of
/// the reply are returned; those in a stream become its last event.
Task<> answer_question(Call& call, service::Question question);

/// Headers of a reply that carries an answer, and who answered for the log.
void add_answer_headers(Call& call, const service::Answer& answer);
/// Sensorium-Ignored.
void add_ignored(Call& call, const service::Question& question);

}  // namespace sensorium::server
