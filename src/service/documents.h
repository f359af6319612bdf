// From what a question gives to pictures: pages of documents, frames of animations, facts from EXIF.
#pragma once

#include "pipeline/image.h"
#include "service/question.h"

namespace sensorium::service {

/// `sources`, in which each PDF, SVG and chosen animation has become its pages. Errors as
/// media::render_pages(), named after the source.
Task<std::vector<PictureSource>> expand_documents(const CallContext& ctx, pipeline::MediaResources& media,
                                                  const Question& question,
                                                  std::vector<PictureSource> sources,
                                                  std::vector<std::string>& warnings);

/// Sentences for the prompt about pictures that have EXIF; "" when none has.
Task<std::string> exif_sentences(const CallContext& ctx, pipeline::MediaResources& media, ExifChoice choice,
                                 const std::vector<PictureSource>& sources);

}  // namespace sensorium::service
