// Deciding what is drawn, and by which choice; the drawing is media's.
#include "service/documents.h"

#include <fmt/format.h>

#include "base/text.h"
#include "media/document.h"
#include "media/exif_facts.h"
#include "media/format.h"

namespace sensorium::service {
namespace {

constexpr int pages_by_default = 10;
constexpr std::size_t most_pictures = 64;
constexpr std::int64_t memory_of_renderer = 256LL << 20;

bool has_frames(std::string_view bytes) {
  const media::FormatDef* format = media::sniff(bytes);
  return format && (format->name == "gif" || format->name == "webp" || format->name == "tiff" ||
                    format->name == "heif");
}

struct Wanted {
  media::PageChoice choice;
  std::string_view unit;  ///< "page" or "frame"
  bool by_default = false;
};

/// Nothing when the source goes on as it is.
Result<std::optional<Wanted>> wanted(const Question& question, std::string_view bytes) {
  using media::LoneNumber;
  const bool document = media::document_kind(bytes) != media::DocumentKind::none;
  if (!document && !has_frames(bytes)) return std::optional<Wanted>();
  const media::FormatDef* format = document ? nullptr : media::sniff(bytes);
  const bool animated = format && (format->name == "gif" || format->name == "webp");
  const std::string_view unit = animated ? "frame" : "page";
  const std::string& first = animated ? question.frames : question.pages;
  const std::string& second = animated ? question.pages : question.frames;
  const std::string& text = first.empty() ? second : first;
  if (!text.empty()) {
    const auto lone = &text == &question.frames ? LoneNumber::count : LoneNumber::page;
    return std::optional<Wanted>({SN_TRY(media::parse_pages(text, lone)), unit});
  }
  if (!document) return std::optional<Wanted>();
  return std::optional<Wanted>(
      {media::PageChoice{.ranges = {}, .spread = 0, .at_most = pages_by_default}, unit, true});
}

Task<media::Rendered> draw(const CallContext& ctx, pipeline::MediaResources& media,
                           const PictureSource& source, const Wanted& what) {
  if (static_cast<std::int64_t>(source.bytes->size()) > media.limits.max_bytes)
    co_return Error(
        Code::too_large,
        fmt::format("The document has {}, more than the {} allowed", text::human_bytes(source.bytes->size()),
                    text::human_bytes(static_cast<std::uint64_t>(media.limits.max_bytes))),
        "Send a smaller file, or raise media.max_bytes_mb");
  const auto permit = SN_CO_TRY(media.memory.take(memory_of_renderer));
  media::RenderRequest request;
  request.pages = what.choice;
  co_return co_await media.pool.run(
      ctx, [&](const CallContext& c) { return media::render_pages(c, *source.bytes, request); });
}

Error named(Error error, const std::string& label) {
  if (!label.empty()) error.message = label + ": " + error.message;
  return error;
}

std::string facts_of(std::string_view bytes, ExifChoice choice) {
  const auto facts = media::exif_facts(media::exif_block(bytes));
  return media::exif_words(facts, choice == ExifChoice::gps ? media::Place::shown : media::Place::hidden);
}

}  // namespace

Task<std::vector<PictureSource>> expand_documents(const CallContext& ctx, pipeline::MediaResources& media,
                                                  const Question& question,
                                                  std::vector<PictureSource> sources,
                                                  std::vector<std::string>& warnings) {
  std::vector<PictureSource> pictures;
  for (auto& source : sources) {
    const auto what = source.bytes ? SN_CO_TRY(wanted(question, *source.bytes)) : std::nullopt;
    if (!what) {
      pictures.push_back(std::move(source));
      continue;
    }
    auto drawn = co_await draw(ctx, media, source, *what);
    if (!drawn) co_return named(std::move(drawn).error(), source.label);
    for (auto& page : drawn->pages)
      pictures.push_back({std::move(page.png), drawn->total == 1 ? source.label
                                                                 : fmt::format("{}, {} {}", source.label,
                                                                               what->unit, page.index + 1)});
    if (what->by_default && drawn->total > static_cast<int>(drawn->pages.size()))
      warnings.push_back(fmt::format("{} has {} pages; the first {} were looked at; choose others with pages",
                                     source.label, drawn->total, drawn->pages.size()));
  }
  if (pictures.size() > most_pictures)
    co_return Error(Code::invalid_request,
                    fmt::format("{} pictures are too many for one question, {} may be given", pictures.size(),
                                most_pictures),
                    "Choose fewer pages or frames");
  co_return pictures;
}

Task<std::string> exif_sentences(const CallContext& ctx, pipeline::MediaResources& media, ExifChoice choice,
                                 const std::vector<PictureSource>& sources) {
  std::string out;
  if (choice == ExifChoice::off) co_return out;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto& bytes = sources[i].bytes;
    if (!bytes) continue;  // an address that the engine fetches
    const auto words = SN_CO_TRY(co_await media.pool.run(
        ctx, [&](const CallContext&) -> Result<std::string> { return facts_of(*bytes, choice); }));
    if (!words.empty()) out += fmt::format("\nFile of picture {} says (EXIF): {}", i + 1, words);
  }
  co_return out.empty() ? out : "\n" + out;
}

}  // namespace sensorium::service
