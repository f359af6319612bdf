// JSON Schemas as providers want them: each takes its own subset, and says 400 to the rest.
// Sources: docs/reference/providers.md, "Answers by a schema".
#pragma once

#include <optional>
#include <string>

#include "engine/chat_engine.h"

namespace sensorium::upstream {

/// Errors: invalid_request at `schema` unless it is a JSON object, below a megabyte.
Status check_schema(const AnswerSchema& schema);

/// OpenAI's strict form: every object closed, every property required; one that was optional may be
/// null instead. nullopt where that would change what the schema means (open objects, a root that is
/// no object) or where it uses what the strict form does not know.
std::optional<std::string> strict_schema(const AnswerSchema& schema);

/// Anthropic's form: objects closed, bounds of numbers and lengths moved into descriptions, as its own
/// SDK does. nullopt beyond its limits: recursion, more than 24 optional properties or 16 unions.
std::optional<std::string> bounded_schema(const AnswerSchema& schema);

/// A name that providers accept: 1 to 64 characters of A-Z a-z 0-9 _ -
std::string schema_name(const AnswerSchema& schema);

}  // namespace sensorium::upstream
