// Tiles of one picture, read one by one, as one page: lines in pixels of the whole, those that two tiles saw
// kept once, those that a cut parted joined again.
#pragma once

#include <span>
#include <string>

#include "engine/chat_engine.h"
#include "engine/local/reader_page.h"

namespace sensorium::reader {

struct TilePage {
  TilePlace place;
  ReadPage page;
};

/// `tiles` in reading order; at least one.
ReadPage joined(std::span<const TilePage> tiles);

/// Two pieces of one line whose ends overlap: `left` "the harbour offi", `right` "our office opens" gives
/// "the harbour office opens". `shared` is about how many characters both have.
std::string joined_text(std::string_view left, std::string_view right, double shared);

}  // namespace sensorium::reader
