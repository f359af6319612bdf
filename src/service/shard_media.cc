// ServiceShard: from what a question names (bytes, addresses, documents) to opened pictures.
#include <fmt/format.h>

#include "exec/run_all.h"
#include "net/fetcher.h"
#include "service/documents.h"
#include "service/shard_impl.h"

namespace sensorium::service {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

constexpr std::size_t fetches_at_once = 8;

}  // namespace

Task<std::shared_ptr<const std::string>> ServiceShard::Impl::read(const CallContext& ctx,
                                                                  const PictureSource& source,
                                                                  Mebibytes most) {
  if (source.url.empty()) co_return source.bytes;
  net::FetchRequest request;
  request.url = source.url;
  request.max_bytes = most.bytes();
  request.limits.total = shared.config.media.fetch_timeout;
  auto fetched = co_await fetcher.fetch(ctx, request);
  if (fetched) co_return std::move(fetched->bytes);
  Error error = std::move(fetched).error();
  if (error.param.empty()) error.param = source.label;
  co_return error;
}

/// Addresses are passed on only where every model that may be asked takes them.
UrlUse ServiceShard::Impl::url_use(const Question& question,
                                   std::span<const pipeline::Candidate> candidates) const {
  const bool fetch = shared.config.media.urls == UrlUse::fetch || question.exif != ExifChoice::off ||
                     !question.pages.empty() || !question.frames.empty();
  const auto takes = [](const pipeline::Candidate& one) {
    return one.engine->card(one.model).prepare.fetches;
  };
  return !fetch && std::ranges::all_of(candidates, takes) ? UrlUse::pass : UrlUse::fetch;
}

Task<> ServiceShard::Impl::read_all(const CallContext& ctx, const Question& question, UrlUse urls,
                                    std::vector<PictureSource>& sources) {
  std::vector<PictureSource*> wanted;
  std::vector<Task<std::shared_ptr<const std::string>>> reads;
  for (auto& source : sources) {
    if (source.url.empty()) continue;
    if (question.offline)
      co_return Error(Code::fetch_refused, source.label + " is a URL, and the question is to stay offline",
                      "Give the file itself, or leave offline out")
          .at(source.label);
    if (urls == UrlUse::pass) {
      SN_CO_TRY(shared.addresses.check_url(SN_CO_TRY(net::parse_media_url(source.url))));
      continue;
    }
    wanted.push_back(&source);
    reads.push_back(read(ctx, source, shared.config.media.max_bytes));
  }
  if (wanted.empty()) co_return Status{};
  auto results = co_await run_all(std::move(reads), fetches_at_once);
  for (std::size_t i = 0; i < results.size(); ++i) wanted[i]->bytes = SN_CO_TRY(std::move(results[i]));
  co_return Status{};
}

Task<> ServiceShard::Impl::open_all(const CallContext& ctx, std::span<const PictureSource> sources,
                                    Opened& out) {
  std::vector<std::shared_ptr<const std::string>> bytes;
  std::vector<std::string> labels;
  for (const auto& picture : sources) {
    if (!picture.bytes) continue;
    bytes.push_back(picture.bytes);
    labels.push_back(picture.label);
  }
  auto opened = SN_CO_TRY(co_await pipeline::open_pictures(ctx, media, bytes, labels));
  auto next = opened.begin();
  for (const auto& picture : sources) {
    if (picture.bytes) {
      out.question.pictures.push_back(std::move(*next++));
      continue;
    }
    out.question.pictures.push_back(
        {std::make_shared<const std::string>(picture.url), {}, media::PictureForm::address});
    out.question.cache = CacheUse::off;  // what stands behind an address may change
    out.warnings.push_back(picture.label + " was passed on as an address; its size is not known here");
  }
  co_return Status{};
}

Task<> ServiceShard::Impl::open(const CallContext& ctx, const Question& question, Opened& out) {
  const TimePoint begin = SteadyClock::now();
  std::vector<PictureSource> sources = question.pictures;
  SN_CO_TRY(co_await read_all(ctx, question, out.urls, sources));
  const TimePoint fetched = SteadyClock::now();
  out.question.prompt += SN_CO_TRY(co_await exif_sentences(ctx, media, question.exif, sources));
  sources = SN_CO_TRY(co_await expand_documents(ctx, media, question, std::move(sources), out.warnings));
  SN_CO_TRY(co_await open_all(ctx, sources, out));
  out.fetch = duration_cast<microseconds>(fetched - begin);
  out.decode = duration_cast<microseconds>(SteadyClock::now() - fetched);
  co_return Status{};
}

Task<std::shared_ptr<const std::string>> ServiceShard::read_source(const CallContext& ctx,
                                                                   const PictureSource& source,
                                                                   Mebibytes most) {
  return impl_->read(ctx, source, most);
}

net::Fetcher& ServiceShard::fetcher() noexcept { return impl_->fetcher; }

}  // namespace sensorium::service
