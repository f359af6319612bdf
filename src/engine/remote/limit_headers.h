// What a provider says in its headers about the limits of a key, on every answer.
// Sources: docs/reference/providers.md, "Waiting".
#pragma once

#include "engine/chat_engine.h"
#include "engine/remote/retry_after.h"

namespace sensorium::upstream {

/// Reads x-ratelimit-* (OpenAI and who follows it: resets are durations) and anthropic-ratelimit-*
/// (resets are dates; input-tokens stand for tokens where those are missing). What is missing or makes no
/// sense is left out.
LimitView read_limits(const net::Headers& headers, WallClock::time_point now = WallClock::now());

}  // namespace sensorium::upstream
