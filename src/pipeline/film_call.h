// FilmCall: one question of a film's timeline to a model: about its frames, or about what was said of them.
// Finished calls are kept in the journal and not asked again.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "exec/task.h"
#include "pipeline/call_journal.h"

namespace sensorium::pipeline {

struct FilmQuestion {
  std::vector<std::shared_ptr<const std::string>> pictures;  ///< JPEG
  std::string prompt;
  std::string schema;  ///< JSON Schema of the answer, or ""
  int max_tokens = 300;
};

/// Asks a model once; retries and fallback are its own business.
using AskModel = std::function<Task<JournalEntry>(CallContext, FilmQuestion)>;

struct FilmUsage {
  std::int64_t calls = 0, repeated = 0;  ///< `repeated`: taken from the journal
  std::int64_t input_tokens = 0, output_tokens = 0;
  double cost_usd = 0;
  bool price_known = true;
  std::string model;
};

class FilmCalls {
 public:
  FilmCalls(AskModel ask, CallJournal& journal, std::string model)
      : ask_(std::move(ask)), journal_(journal), model_(std::move(model)) {}

  Task<std::string> ask(CallContext ctx, FilmQuestion question);
  const FilmUsage& usage() const noexcept { return usage_; }

 private:
  AskModel ask_;
  CallJournal& journal_;
  std::string model_;
  FilmUsage usage_;
};

}  // namespace sensorium::pipeline
