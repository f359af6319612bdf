// Questions about pictures: open, prepare for the engine at hand, ask, fall back to the next engine.
// Surprising: pictures are prepared anew for each engine tried, because each keeps other pixels; once text
// has reached the caller no other engine is tried, unless the caller asked for a takeover, and the bytes of
// the pictures are let go of.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/chat_engine.h"
#include "exec/cpu_pool.h"
#include "exec/memory_budget.h"
#include "media/prepare.h"
#include "media/tile.h"
#include "pipeline/schema.h"

namespace sensorium::pipeline {

/// An engine that may be asked; borrowed for the call.
struct Candidate {
  std::string name;   ///< "openai/gpt-6-luna"
  std::string model;  ///< the engine's own name of it
  ChatEngine* engine = nullptr;
};

struct MediaResources {
  CpuPool& pool;
  MemoryBudget& memory;
  media::PictureLimits limits;
};

/// An answer broke off and another model begins it anew: what stood before is void.
struct Seam {
  std::string from, to;     ///< names of candidates
  std::string reason;       ///< name of the error code
  std::int64_t characters;  ///< of the text that is void
};
using SeamCallback = std::function<Task<>(const Seam&)>;

struct ImageQuestion {
  std::vector<media::Picture> pictures;
  std::string prompt, system;
  media::Detail detail = media::Detail::automatic;
  int max_tokens = 1024;
  std::optional<double> temperature;
  bool stream = false;
  bool facts = false;
  Lane lane = Lane::interactive;
  Milliseconds hedge_after{};           ///< then the second candidate is asked too; 0: never
  SeamCallback takeover;                ///< set: an answer that broke off is begun anew by the next candidate
  std::optional<Schema> schema;         ///< what the answer must be; see pipeline/ask_structured.h
  std::optional<media::TileRule> tile;  ///< see pipeline/tile.h
  std::vector<std::optional<TilePlace>> places;  ///< of pictures that are tiles, in their order; or empty
  CacheUse cache = CacheUse::off;
  std::string caller;                    ///< name of the key that asks
  std::shared_ptr<Allowance> allowance;  ///< null: no limit
};

using Try = EngineTry;

/// Where time went; each is measured, none is computed from others.
struct StageTimes {
  std::chrono::microseconds prepare{}, generate{};
  std::optional<std::chrono::microseconds> first_token;
};

struct ImageAnswer {
  Completion completion;
  EngineCard card;
  std::string model;                        ///< the candidate's name
  std::vector<PicturePart> pictures;        ///< their facts; the bytes may be gone
  std::vector<std::int64_t> picture_bytes;  ///< sent, for each
  std::vector<std::int64_t> picture_tokens;
  std::int64_t estimated_input = 0;  ///< tokens, before the call
  std::vector<Try> tries;
  StageTimes times;
  std::string data;  ///< compact JSON where a schema was asked for
};

using StageCallback = std::function<Task<>(std::string_view stage)>;

/// Opens pictures on the shard where that takes microseconds, else on the pool. The labels name them in
/// errors.
Task<std::vector<media::Picture>> open_pictures(const CallContext& ctx, MediaResources& media,
                                                std::span<const std::shared_ptr<const std::string>> bytes,
                                                std::span<const std::string> labels);

/// Prepares all pictures for an engine with this card. Errors: model_limit when there are too many.
Task<std::vector<PicturePart>> prepare_pictures(const CallContext& ctx, MediaResources& media,
                                                const ImageQuestion& question, const EngineCard& card);

/// The request to an engine with this card. `pictures` is what prepare_pictures() gave for it.
ChatRequest make_request(const ImageQuestion& question, const Candidate& candidate, const EngineCard& card,
                         std::vector<PicturePart> pictures);

/// Estimated input tokens of a question: text plus `pictures`.
std::int64_t estimate_input(const ImageQuestion& question, std::span<const std::int64_t> picture_tokens);

/// Asks the candidates in order until one answers, or the first two together where the question is hedged.
/// Empties the pictures of `question` once they are no longer needed. The answer is on the heap because each
/// coroutine on its way up would hold it twice. Errors: the last one's, with the others as notes.
Task<std::unique_ptr<ImageAnswer>> ask_pictures(const CallContext& ctx, MediaResources& media,
                                                ImageQuestion& question,
                                                std::span<const Candidate> candidates, TokenSink& sink,
                                                const StageCallback& stage);

}  // namespace sensorium::pipeline
