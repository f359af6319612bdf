// Questions about a picture in tiles: in one request where the model takes them all, else in several, their
// answers joined in reading order.
#pragma once

#include "media/tile.h"
#include "pipeline/image.h"

namespace sensorium::pipeline {

/// question.tile must be set. An engine that reads originals (the reader) gets whole bands without overview;
/// a model gets an overview and the tiles that are not blank. Falls back as ask_pictures() does. Errors: also
/// model_limit for too many tiles.
Task<std::unique_ptr<ImageAnswer>> ask_tiled(const CallContext& ctx, MediaResources& media,
                                             ImageQuestion& question, std::span<const Candidate> candidates,
                                             TokenSink& sink, const StageCallback& stage);

/// The tiles of `picture` as pictures of their own.
struct CutPicture {
  std::vector<media::Picture> tiles;
  std::vector<media::Region> regions;
};
Task<CutPicture> cut_picture(const CallContext& ctx, MediaResources& media, const media::Picture& picture,
                             const media::TileRule& rule);

/// The cutting that suits an engine with this card when the caller asked for `wanted`.
media::TileRule tile_rule_for(const EngineCard& card, const media::TileRule& wanted);

/// What ask_tiled() would send to an engine with this card, overviews included.
struct TileCost {
  media::Size size;
  std::int64_t bytes = 0;
};
struct TileCosts {
  int calls = 0;
  std::vector<TileCost> tiles;
};
Task<TileCosts> tile_costs(const CallContext& ctx, MediaResources& media, const ImageQuestion& question,
                           const EngineCard& card);

/// What `next` adds to `text`: lines at its beginning that `text` ends with are left out.
std::string_view unrepeated(std::string_view text, std::string_view next);

}  // namespace sensorium::pipeline
