// Pictures against each other: measured without a model, and in words by whatever engine answers.
#pragma once

#include "media/compare.h"
#include "pipeline/image.h"

namespace sensorium::pipeline {

/// What differs, in words.
struct ComparisonWords {
  std::vector<std::string> similarities, differences;
  std::optional<std::string> recommendation;
};

struct WordsAnswer {
  std::unique_ptr<ImageAnswer> answer;
  ComparisonWords words;
};

/// The first picture against each of the others, in their order. Errors: those of media, named.
Task<std::vector<media::Comparison>> measure(const CallContext& ctx, MediaResources& media,
                                             std::span<const media::Picture> pictures,
                                             const media::CompareRule& rule);

/// Asks for similarities, differences and a recommendation. question.prompt may be empty or say what matters.
/// A reader's words are made of the lines that it recognised, and say so.
Task<WordsAnswer> compare_in_words(const CallContext& ctx, MediaResources& media, ImageQuestion question,
                                   std::span<const Candidate> candidates, const StageCallback& stage);

/// Recognised lines of `pictures` pictures: equal ones are similarities, changed and missing ones
/// differences.
ComparisonWords words_of_lines(std::span<const RecognisedLine> lines, std::size_t pictures);

/// {"similarities": [...], ...} as words; what is missing stays empty.
ComparisonWords words_of_json(std::string_view json);

}  // namespace sensorium::pipeline
