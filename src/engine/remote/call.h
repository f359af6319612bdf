// One call in some dialect against one server: send, stream, learn from refusals. The remote engines and
// the local llama-server engine are little more than this.
#pragma once

#include <map>
#include <string>

#include "engine/remote/dialect.h"
#include "net/http_client.h"

namespace sensorium::upstream {

/// A server and how to reach it.
struct Target {
  const Dialect* dialect = nullptr;
  std::string provider;        ///< for sentences: "openai", "local"
  net::Url chat_url;           ///< of chat/completions, or messages
  std::string api_key;         ///< "": none
  std::string key_variable;    ///< for hints: "OPENAI_API_KEY"
  net::HttpTimeouts timeouts;  ///< first_byte bounds the wait for a stream's first byte
  Quirks quirks;
};

/// What the models of one server were found to differ in. Bounded; for one shard only.
class QuirkMemory {
 public:
  Quirks of(const std::string& model, const Quirks& otherwise) const;
  void remember(const std::string& model, const Quirks& quirks);

 private:
  std::map<std::string, Quirks> learned_;
};

/// Asks `request` and streams into `sink` if request.stream. Checks the request against `card` first
/// and fills in an estimated usage when the server reports none. The references must outlive the
/// task; `ctx` ends it within 100 ms and closes the connection.
/// Errors: those of check_request, of HttpClient, of upstream::make_error, of the sink.
Task<Completion> ask(CallContext ctx, net::HttpClient& http, const Target& target, QuirkMemory& memory,
                     const EngineCard& card, const ChatRequest& request, TokenSink& sink);

}  // namespace sensorium::upstream
