// The JSON of POST /read.
#pragma once

#include <string>

#include "media/picture.h"
#include "workers/reader/codes.h"
#include "workers/reader/facts.h"
#include "workers/reader/page.h"

namespace sensorium::reader {

/// Everything about one picture. Quads are in pixels of what was decoded; `scale` takes them to the
/// upright original.
struct Reading {
  const media::Picture& picture;
  const Page& page;
  const std::vector<FoundCode>& codes;
  const Facts& facts;
  const ExifFacts& exif;
  float scale = 1;
  double decode_ms = 0;
  double rest_ms = 0;  ///< codes and measurements
  double total_ms = 0;
};

std::string reply_json(const Reading& reading);

}  // namespace sensorium::reader
