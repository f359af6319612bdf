// Cut, ask group by group, join.
#include "pipeline/tile.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"

namespace sensorium::pipeline {
namespace {

constexpr std::size_t most_in_one_request = 64;
constexpr double context_share = 0.5;  // of the model's context for pictures
// A band that the reader's finder looks at in one go (4 megapixels) at the size of the original.
constexpr int reader_band_width = 4096, reader_band_height = 960;
constexpr int reader_overlap = 160;
constexpr std::size_t most_repeated_lines = 12;

/// A tile or an overview, ready to be asked about.
struct Piece {
  media::Picture picture;
  std::optional<TilePlace> place;  ///< none for an overview
};

struct Group {
  std::vector<Piece> pieces;
};

std::string region_words(const media::Region& r) {
  return fmt::format("x {}-{}, y {}-{}", r.x, r.x + r.width, r.y, r.y + r.height);
}

/// The question for one group, with what the pictures are.
std::string tiled_prompt(const std::string& prompt, const Group& group, std::size_t number,
                         std::size_t groups) {
  std::string text;
  for (std::size_t i = 0; i < group.pieces.size(); ++i) {
    const auto& piece = group.pieces[i];
    const auto size = piece.picture.facts.upright_size();
    if (!piece.place)
      text += fmt::format("Picture {} is an overview of the whole picture, {} x {} pixels.\n", i + 1,
                          size.width, size.height);
    else
      text += fmt::format("Picture {} is the part {} of it at full size.\n", i + 1,
                          region_words(piece.place->region));
  }
  text +=
      "The parts come in reading order. What two neighbouring parts show at their edges is one and the same: "
      "tell it once, "
      "and put words together that are cut. Places are meant in pixels of the whole picture.\n";
  if (groups > 1)
    text += fmt::format(
        "This is group {} of {}: answer from these parts only; the answers will be joined. If they hold "
        "nothing of what is asked, "
        "answer with an empty line.\n",
        number + 1, groups);
  return text + "\n" + prompt;
}

/// All pieces of one candidate, grouped by what it takes at once.
Task<std::vector<Group>> groups_for(const CallContext& ctx, MediaResources& media,
                                    const ImageQuestion& question, const EngineCard& card) {
  const media::TileRule rule = tile_rule_for(card, *question.tile);
  std::vector<Group> groups;
  std::int64_t tokens = 0;
  const auto room = card.context_tokens > 0
                        ? static_cast<std::int64_t>(static_cast<double>(card.context_tokens) * context_share)
                        : INT64_MAX;
  const std::size_t most =
      card.prepare.as_is
          ? SIZE_MAX
          : std::min(most_in_one_request, static_cast<std::size_t>(std::max(card.max_pictures, 1)));
  for (std::size_t p = 0; p < question.pictures.size(); ++p) {
    const auto& picture = question.pictures[p];
    auto cut = SN_CO_TRY(co_await cut_picture(ctx, media, picture, rule));
    const auto whole = picture.facts.upright_size();
    const bool overview =
        !card.prepare.as_is && most > 1 && !(cut.regions.size() == 1 && cut.tiles[0].facts.size == whole);
    bool open = card.prepare.as_is && !groups.empty();
    for (std::size_t i = 0; i < cut.tiles.size(); ++i) {
      const auto cost = picture_tokens(card.tokens, cut.tiles[i].facts.size, media::Detail::high);
      if (!open || groups.back().pieces.size() >= most || tokens + cost > room) {
        groups.emplace_back();
        tokens = 0;
        if (overview) groups.back().pieces.push_back({picture, {}});
        open = true;
      }
      groups.back().pieces.push_back({std::move(cut.tiles[i]), TilePlace{p, whole, cut.regions[i]}});
      tokens += cost;
    }
    // An empty picture is still a picture.
    if (cut.tiles.empty() && (groups.empty() || !card.prepare.as_is))
      groups.push_back({{Piece{picture, {}}}});
  }
  co_return groups;
}

/// Passes text on and keeps it, so that the next answer's repetitions can be left out.
class Passing final : public TokenSink {
 public:
  explicit Passing(TokenSink& inner) : inner_(inner) {}
  Task<> text(std::string_view piece) override {
    begun_ = true;
    return inner_.text(piece);
  }
  bool begun() const noexcept { return begun_; }

 private:
  TokenSink& inner_;
  bool begun_ = false;
};

void join(ImageAnswer& sum, ImageAnswer&& more) {
  Usage &a = sum.completion.usage, &b = more.completion.usage;
  a.input_tokens += b.input_tokens, a.image_tokens += b.image_tokens;
  a.output_tokens += b.output_tokens, a.cached_tokens += b.cached_tokens;
  a.from_provider = a.from_provider && b.from_provider;
  if (more.completion.finish_reason != FinishReason::stop)
    sum.completion.finish_reason = more.completion.finish_reason;
  std::ranges::move(more.completion.warnings, std::back_inserter(sum.completion.warnings));
  std::ranges::move(more.completion.lines, std::back_inserter(sum.completion.lines));
  std::ranges::move(more.pictures, std::back_inserter(sum.pictures));
  std::ranges::move(more.picture_bytes, std::back_inserter(sum.picture_bytes));
  std::ranges::move(more.picture_tokens, std::back_inserter(sum.picture_tokens));
  std::ranges::move(more.tries, std::back_inserter(sum.tries));
  sum.estimated_input += more.estimated_input;
  sum.times.prepare += more.times.prepare;
  sum.times.generate += more.times.generate;
}

Task<std::unique_ptr<ImageAnswer>> ask_groups(const CallContext& ctx, MediaResources& media,
                                              const ImageQuestion& question, const Candidate& candidate,
                                              Passing& sink, const StageCallback& stage) {
  const EngineCard card = candidate.engine->card(candidate.model);
  if (stage) SN_CO_TRY(co_await stage("cutting into tiles"));
  auto groups = SN_CO_TRY(co_await groups_for(ctx, media, question, card));
  const std::size_t count = groups.size();
  if (question.schema && card.generates && (count > 1 || question.schema->has_places()))
    co_return Error(Code::model_limit,
                    count > 1 ? "Tiles that need several requests cannot be held to one schema"
                              : "Places in tiles cannot be held to a schema",
                    "Ask for larger tiles, or leave out tile or schema");
  std::unique_ptr<ImageAnswer> sum;
  for (std::size_t i = 0; i < count; ++i) {
    ImageQuestion part = question;
    part.tile.reset();
    part.pictures.clear();
    part.prompt = card.prepare.as_is ? question.prompt : tiled_prompt(question.prompt, groups[i], i, count);
    part.detail = media::Detail::high;
    part.stream = question.stream && count == 1;
    for (auto& piece : groups[i].pieces) {
      part.pictures.push_back(std::move(piece.picture));
      part.places.push_back(piece.place);
    }
    groups[i].pieces.clear();
    if (count > 1 && stage) SN_CO_TRY(co_await stage(fmt::format("tiles, request {} of {}", i + 1, count)));
    auto answer = SN_CO_TRY(co_await ask_pictures(ctx, media, part, std::span(&candidate, 1), sink, stage));
    if (!sum) {
      sum = std::move(answer);
      if (count > 1 && question.stream) SN_CO_TRY(co_await sink.text(sum->completion.text));
      continue;
    }
    const auto more = text::trim(unrepeated(sum->completion.text, answer->completion.text));
    const std::string added =
        more.empty() || sum->completion.text.empty() ? std::string(more) : "\n" + std::string(more);
    sum->completion.text += added;
    if (question.stream && !added.empty()) SN_CO_TRY(co_await sink.text(added));
    join(*sum, std::move(*answer));
  }
  if (count > 1)
    sum->completion.warnings.push_back(fmt::format("asked in {} requests, one group of tiles each", count));
  co_return std::move(sum);
}

/// Equal but for blanks, case and marks.
std::string essence(std::string_view line) {
  std::string out;
  for (const char c : text::lower(line))
    if (std::string_view(" \t\r*-_#>`.,;:").find(c) == std::string_view::npos) out += c;
  return out;
}

}  // namespace

media::TileRule tile_rule_for(const EngineCard& card, const media::TileRule& wanted) {
  if (!card.prepare.as_is) return wanted;
  media::TileRule rule;
  rule.adaptive = true;
  rule.most = {reader_band_width, std::max(reader_band_height, wanted.most.height > 2 * reader_band_height
                                                                   ? reader_band_height
                                                                   : wanted.most.height)};
  rule.overlap = std::max(reader_overlap, wanted.overlap);
  return rule;
}

std::string_view unrepeated(std::string_view text, std::string_view next) {
  const auto old_lines = text::split(text::trim(text), '\n');
  const auto new_lines = text::split(text::trim(next), '\n');
  next = text::trim(next);
  for (std::size_t n = std::min({most_repeated_lines, old_lines.size(), new_lines.size()}); n > 0; --n) {
    bool same = true, content = false;
    for (std::size_t i = 0; i < n && same; ++i) {
      const auto a = essence(old_lines[old_lines.size() - n + i]), b = essence(new_lines[i]);
      same = a == b;
      content = content || !b.empty();
    }
    if (!same || !content) continue;
    std::size_t used = 0;
    for (std::size_t i = 0; i < n; ++i) used += new_lines[i].size() + 1;
    return next.substr(std::min(used, next.size()));
  }
  return next;
}

Task<TileCosts> tile_costs(const CallContext& ctx, MediaResources& media, const ImageQuestion& question,
                           const EngineCard& card) {
  TileCosts out;
  const auto groups = SN_CO_TRY(co_await groups_for(ctx, media, question, card));
  out.calls = static_cast<int>(groups.size());
  for (const auto& group : groups)
    for (const auto& piece : group.pieces) {
      const auto size = piece.picture.facts.upright_size();
      const bool as_it_is = piece.place.has_value() || card.prepare.as_is;
      out.tiles.push_back({as_it_is ? size : media::fit(card.prepare.pixels, size, media::Detail::high),
                           static_cast<std::int64_t>(piece.picture.bytes->size())});
    }
  co_return out;
}

Task<CutPicture> cut_picture(const CallContext& ctx, MediaResources& media, const media::Picture& picture,
                             const media::TileRule& rule) {
  auto permit = SN_CO_TRY(media.memory.take(media::tile_memory(picture)));
  co_return co_await media.pool.run(ctx, [&](const CallContext& c) -> Result<CutPicture> {
    const auto pixels = SN_TRY(media::decode_whole(c, picture));
    CutPicture out;
    out.regions = SN_TRY(media::plan_tiles(pixels, rule));
    for (const auto& region : out.regions) {
      SN_TRY(c.check());
      auto bytes = std::make_shared<const std::string>(SN_TRY(media::encode_tile(c, pixels, region)));
      out.tiles.push_back(SN_TRY(media::open_picture(std::move(bytes), media.limits)));
    }
    return out;
  });
}

Task<std::unique_ptr<ImageAnswer>> ask_tiled(const CallContext& ctx, MediaResources& media,
                                             ImageQuestion& question, std::span<const Candidate> candidates,
                                             TokenSink& sink, const StageCallback& stage) {
  std::vector<Try> tries;
  std::vector<std::string> failures;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const TimePoint begin = SteadyClock::now();
    Passing passing(sink);
    auto answer = co_await ask_groups(ctx, media, question, candidates[i], passing, stage);
    if (answer) {
      std::ranges::move((*answer)->tries, std::back_inserter(tries));
      (*answer)->tries = std::move(tries);
      for (auto& failure : failures) (*answer)->completion.warnings.push_back(std::move(failure));
      co_return answer;
    }
    Error error = std::move(answer).error();
    tries.push_back({candidates[i].name, std::string(facts(error.code).name),
                     std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - begin)});
    if (i + 1 == candidates.size() || passing.begun() || !facts(error.code).fallback) {
      for (auto& failure : failures) error.notes.push_back(std::move(failure));
      co_return error;
    }
    failures.push_back(candidates[i].name + " did not answer: " + sentence(error));
  }
  co_return Error(Code::unknown_model, "No model can be asked",
                  "Choose one with -m; sensorium models ls shows them");
}

}  // namespace sensorium::pipeline
