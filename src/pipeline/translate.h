// translate(): texts of a transcript into another language by any chat engine, each to its own place.
// Surprising: nothing is trusted: ids are compared, an unchanged text counts as missing, what is missing is
// asked for again in smaller groups, and times are never shown to the model.
#pragma once

#include <string>
#include <vector>

#include "engine/chat_engine.h"

namespace sensorium::pipeline {

struct TranslateRequest {
  std::vector<std::string> texts;  ///< in order; their index is their id
  std::string from, to;            ///< languages by name or code; `from` may be ""
  std::string glossary;            ///< lines "word = translation"
};

struct Translated {
  std::vector<std::string> texts;   ///< one for each given
  int calls = 0, untranslated = 0;  ///< those that no attempt gave keep their original
  Usage usage;
};

/// Errors: those of the engine, when nothing at all was translated.
Task<Translated> translate(CallContext ctx, ChatEngine& engine, std::string model, TranslateRequest request);

struct TranslatedText {
  int id;
  std::string text;
};
/// [{"id":3,"text":"..."}] anywhere in a model's answer; what does not fit is left out.
std::vector<TranslatedText> parse_translations(std::string_view answer);
/// The window as JSON, for the prompt.
std::string translation_window(const std::vector<TranslatedText>& texts);

}  // namespace sensorium::pipeline
