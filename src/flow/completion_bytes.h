// A Completion as bytes for a cache, and back. Warnings and times are of the call, not of the answer: they
// are left out.
#pragma once

#include <string>
#include <string_view>

#include "engine/chat_engine.h"

namespace sensorium::flow {

std::string to_bytes(const Completion& completion);
/// nullopt for anything that to_bytes() of this version did not write.
std::optional<Completion> from_bytes(std::string_view bytes);

}  // namespace sensorium::flow
