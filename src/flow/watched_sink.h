// WatchedSink: passes text on and remembers whether there was any.
#pragma once

#include "engine/chat_engine.h"

namespace sensorium::flow {

class WatchedSink final : public TokenSink {
 public:
  explicit WatchedSink(TokenSink& inner) : inner_(inner) {}
  bool touched() const noexcept { return touched_; }
  Task<> text(std::string_view piece) override {
    touched_ = true;
    return inner_.text(piece);
  }

 private:
  TokenSink& inner_;
  bool touched_ = false;
};

}  // namespace sensorium::flow
