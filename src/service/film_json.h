// JSON of film questions and timelines.
#pragma once

#include <string>
#include <string_view>

#include "service/film.h"
#include "service/question_json.h"

namespace sensorium::service {

/// One field of POST /v1/analyze/video, of its form or of its JSON as text. Unknown names go to `ignored`.
/// Errors: invalid_request with `param`.
Status set_film_field(FilmQuestion& question, std::string_view name, std::string_view value);

/// Body of POST /v1/analyze/video in JSON; its "video_url" goes to `path` as it is.
Result<FilmQuestion> parse_film_question(std::string_view body);

/// sensorium.timeline/1
std::string timeline_json(const Timeline& timeline);
/// A frame as it stands in the timeline and in `item` events.
std::string film_frame_json(const FilmFrame& frame);
/// A line of --report: the frame with the reason of its decision.
std::string film_decision_json(const FilmFrame& frame);
std::string film_plan_json(const FilmPlan& plan);

/// JSON Lines of the terminal.
std::string film_begin_line(std::string_view input);
std::string film_item_line(std::string_view input, const Result<Timeline>& outcome);

}  // namespace sensorium::service
