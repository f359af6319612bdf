// For tests: providers that act by the name of the model ("answers", "hangs", "stalls", "unknown"), each
// in its own dialect, told by the path that was asked.
#pragma once

#include <fmt/format.h>

#include "engine/fake/loopback_upstream.h"

namespace sensorium::fake {

inline bool asked_for(const Exchange& exchange, std::string_view model) {
  return exchange.body.contains(fmt::format(R"("model":"{}")", model));
}

/// An OpenAI-compatible server.
inline void act_as_openai(Exchange& exchange) {
  if (asked_for(exchange, "unknown"))
    return (void)exchange.reply(404, R"({"error":{"message":"no such model","code":"model_not_found"}})");
  if (!exchange.body.contains(R"("stream":true)"))
    return (void)exchange.reply(
        200,
        R"({"model":"answers","choices":[{"message":{"content":"One two three four."},"finish_reason":"stop"}],)"
        R"("usage":{"prompt_tokens":7,"completion_tokens":5}})");
  exchange.events();
  for (const std::string_view word : {"One ", "two ", "three ", "four."}) {
    exchange.chunk(fmt::format("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{}\"}}}}]}}\n\n", word));
    if (asked_for(exchange, "stalls")) return (void)exchange.wait_closed(std::chrono::seconds(20));
  }
  exchange.chunk("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
  exchange.end();
}

inline std::string claude_event(std::string_view type, std::string_view members) {
  return fmt::format("event: {0}\ndata: {{\"type\":\"{0}\"{1}}}\n\n", type, members);
}

/// A server that speaks the Anthropic Messages API.
inline void act_as_anthropic(Exchange& exchange) {
  if (asked_for(exchange, "unknown"))
    return (void)exchange.reply(
        404, R"({"type":"error","error":{"type":"not_found_error","message":"model: unknown"}})");
  if (!exchange.body.contains(R"("stream":true)"))
    return (void)exchange.reply(
        200, R"({"type":"message","role":"assistant","model":"answers","stop_reason":"end_turn",)"
             R"("content":[{"type":"text","text":"One two three four."}],)"
             R"("usage":{"input_tokens":7,"output_tokens":5}})");
  exchange.events();
  exchange.chunk(claude_event(
      "message_start",
      R"(,"message":{"model":"answers","content":[],"usage":{"input_tokens":7,"output_tokens":1}})"));
  exchange.chunk(
      claude_event("content_block_start", R"(,"index":0,"content_block":{"type":"text","text":""})"));
  exchange.chunk(claude_event("ping", ""));
  for (const std::string_view word : {"One ", "two ", "three ", "four."}) {
    exchange.chunk(
        claude_event("content_block_delta",
                     fmt::format(R"(,"index":0,"delta":{{"type":"text_delta","text":"{}"}})", word)));
    if (asked_for(exchange, "stalls")) return (void)exchange.wait_closed(std::chrono::seconds(20));
  }
  exchange.chunk(claude_event("content_block_stop", R"(,"index":0)"));
  exchange.chunk(
      claude_event("message_delta", R"(,"delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5})"));
  exchange.chunk(claude_event("message_stop", ""));
  exchange.end();
}

inline void act(Exchange& exchange) {
  if (asked_for(exchange, "hangs")) return (void)exchange.wait_closed(std::chrono::seconds(20));
  if (exchange.head.contains("/messages HTTP/")) return act_as_anthropic(exchange);
  act_as_openai(exchange);
}

}  // namespace sensorium::fake
