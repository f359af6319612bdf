// Answering a question over HTTP, whole or as a stream; shared by the endpoints that take questions.
#pragma once

#include "server/call.h"

namespace sensorium::server {

/// For replies that are sent whole.
class NoSink final : public service::AnswerSink {
 public:
  Task<> text(std::string_view) override { co_return Status{}; }
};

/// Replies with sensorium.answer/1, or streams it when question.stream. Errors before the first byte of
/// the reply are returned; those in a stream become its last event.
Task<> answer_question(Call& call, service::Question question);

/// Headers of a reply that carries an answer, and who answered for the log.
void add_answer_headers(Call& call, const service::Answer& answer);
/// Sensorium-Ignored with the names of fields that nobody reads; nothing where there are none.
void add_ignored(Call& call, const std::vector<std::string>& names);

}  // namespace sensorium::server
