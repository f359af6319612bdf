// The key of a call is everything that could change its answer.
#include "pipeline/film_call.h"

#include "base/sha256.h"

namespace sensorium::pipeline {
namespace {

std::string key_of(const FilmQuestion& question, std::string_view model) {
  std::string all(model);
  for (const auto& part : {question.prompt, question.schema, std::to_string(question.max_tokens)}) {
    all += '\0';
    all += part;
  }
  for (const auto& picture : question.pictures) all += sha256_hex(*picture);
  return sha256_hex(all);
}

}  // namespace

Task<std::string> FilmCalls::ask(CallContext ctx, FilmQuestion question) {
  const std::string key = key_of(question, model_);
  JournalEntry entry;
  if (const JournalEntry* known = journal_.find(key)) {
    entry = *known;
    ++usage_.repeated;
  } else {
    entry = SN_CO_TRY(co_await ask_(std::move(ctx), std::move(question)));
    SN_CO_TRY(journal_.add(key, entry));
    ++usage_.calls;
  }
  usage_.input_tokens += entry.input_tokens;
  usage_.output_tokens += entry.output_tokens;
  if (entry.cost_usd) usage_.cost_usd += *entry.cost_usd;
  else usage_.price_known = false;
  usage_.model = entry.model;
  co_return std::move(entry.text);
}

}  // namespace sensorium::pipeline
