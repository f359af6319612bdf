// The reader's answers: quotes of recognised lines and measured facts, with their places. Nothing in
// an answer but fixed phrases, what was recognised and what was measured.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/local/reader_page.h"
#include "engine/local/reader_question.h"

namespace sensorium::reader {

/// Answer pieces, each a line or a paragraph, in the language of the prompt; concatenated they are
/// the whole answer. The last says that a reader answered and what it cannot see.
std::vector<std::string> compose(std::string_view prompt, std::span<const ReadPage> pages);

/// "top left", "centre", ... of the middle of `box` in a picture of this size.
std::string_view place_words(const PageBox& box, int width, int height, Tongue tongue) noexcept;

}  // namespace sensorium::reader
