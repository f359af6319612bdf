// The digest of all that decides an answer: the prepared pictures, the words, the model, every setting.
// Surprising: the fields are taken apart by structured bindings, so that a new field of a request does not
// compile until it is decided here whether it belongs to the key.
#pragma once

#include <string_view>

#include "engine/chat_engine.h"
#include "store/answer_cache.h"

namespace sensorium::flow {

/// `engine` tells engines apart that may answer differently: the provider's name and its address.
store::CacheKey cache_key(std::string_view engine, const ChatRequest& request);

}  // namespace sensorium::flow
