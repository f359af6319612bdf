// What `timeline` was told to do.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "service/film.h"

namespace sensorium::cli {

enum class TimelineFormat : unsigned char { text, markdown, json, json_lines, csv, srt, vtt, contact };

struct TimelineRequest {
  service::FilmQuestion question;  ///< all but path and label
  std::vector<std::string> inputs;
  std::vector<TimelineFormat> formats;
  std::string output;      ///< "" and "-": stdout; a folder takes STEM.txt and so on
  std::string report;      ///< JSON Lines of all decisions; "" for none
  std::string thumbnails;  ///< a folder for JPEGs of the kept frames; "" for none
  std::optional<Milliseconds> timeout;
  bool plan = false;
};

/// Errors: invalid_request with an example.
Result<TimelineRequest> timeline_request(const Arguments& arguments);

std::string_view extension(TimelineFormat format) noexcept;
/// "1:02:03", "62:03", "3723.5", "90s". Errors: invalid_request.
Result<double> parse_film_time(std::string_view text);

}  // namespace sensorium::cli
