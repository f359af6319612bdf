// Cues: a transcript laid out for reading on a screen: short lines, long enough to be read, broken where one
// breathes. The numbers are those of broadcasters' style guides (42 characters, 2 lines, 1 to 7 s, 20
// characters a second).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "pipeline/transcribe.h"

namespace sensorium::pipeline {

struct Cue {
  double start = 0, end = 0;
  std::vector<std::string> lines;
};

struct CueRule {
  int line_width = 42;  ///< characters; a Chinese or Japanese one counts as two
  int lines = 2;
  double shortest = 1, longest = 7;  ///< seconds
  double characters_per_second = 20;
  double gap = 0.08;  ///< seconds between two cues: two frames
};

/// In order and without overlap. Segments without words are divided in proportion to their characters.
std::vector<Cue> make_cues(std::span<const Segment> segments, const CueRule& rule = {});

/// Width in characters, wide ones twice.
int text_width(std::string_view text);
/// `text` broken into lines of at most `width`, evenly, at clauses where possible. The last line takes the
/// rest.
std::vector<std::string> break_lines(std::string_view text, int width, int lines);

}  // namespace sensorium::pipeline
