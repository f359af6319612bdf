// Model: Whisper's weights, loaded once, and the working states that recognise with them, one per thread at
// work. Surprising: a state is made when it is first needed and kept; its memory counts beside the weights.
#pragma once

#include <whisper.h>

#include <memory>
#include <string>

#include "base/result.h"

namespace sensorium::speech {

struct FreeWhisper {
  void operator()(whisper_context* context) const noexcept { whisper_free(context); }
  void operator()(whisper_state* state) const noexcept { whisper_free_state(state); }
};
using State = std::unique_ptr<whisper_state, FreeWhisper>;

/// Immutable once loaded; thread-safe.
class Model {
 public:
  /// Errors: not_found, misconfigured (no Whisper file, cut off), overloaded (not enough memory, with what
  /// would fit).
  static Result<Model> load(const std::string& path);

  whisper_context* context() const noexcept { return context_.get(); }
  bool multilingual() const noexcept { return whisper_is_multilingual(context_.get()) != 0; }
  /// Errors: overloaded (no memory for one more).
  Result<State> new_state() const;

 private:
  explicit Model(whisper_context* context) : context_(context) {}
  std::unique_ptr<whisper_context, FreeWhisper> context_;
};

}  // namespace sensorium::speech
