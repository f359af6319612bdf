// What an engine's text says in terms of a schema: read tolerantly, fitted, its places brought to pixels of
// the original, validated.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/engine_card.h"
#include "pipeline/schema.h"

namespace sensorium::pipeline {

/// What a text says in terms of a schema.
struct Extracted {
  std::string data;                   ///< compact JSON of the best candidate; "" when there is none
  std::vector<std::string> problems;  ///< empty when `data` is valid
  bool closed = false;                ///< the text ended inside it
  bool valid() const noexcept { return !data.empty() && problems.empty(); }
};

/// How the numbers of boxes and points in an answer are to be read: of each picture, what was sent.
struct PlaceFrame {
  EngineCard::Coordinates coordinates = EngineCard::Coordinates::sent_pixels;
  std::vector<std::pair<media::Size, media::Size>> pictures;  ///< sent size, original upright size
};

/// Reads an engine's text. Places come out in pixels of the original. Pure; thread-safe.
Extracted read_answer(const Schema& schema, std::string_view text, const PlaceFrame& frame = {});

/// `schema` as JSON for an engine: places described in the words of its family, "format" left out of them.
std::string schema_as_asked(const Schema& schema, EngineCard::Coordinates coordinates);

/// `data` with its places in pixels of the original, [left, top, right, bottom] and [x, y]. A field "picture"
/// beside a place says which picture (from 1) it is in.
std::string places_in_original(std::string_view data, const Schema& schema, const PlaceFrame& frame);

}  // namespace sensorium::pipeline
