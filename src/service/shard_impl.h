// The inside of ServiceShard, and what its parts share; private to service/*.cc.
#pragma once

#include <map>

#include "net/fetcher.h"
#include "pipeline/image.h"
#include "service/service_shared.h"

namespace sensorium::service {

/// A question with its pictures opened, and what that took.
struct Opened {
  pipeline::ImageQuestion question = {};
  std::chrono::microseconds fetch{}, decode{};
  std::vector<std::string> warnings = {};
};

struct ServiceShard::Impl {
  Impl(Service::Shared& all, boost::asio::io_context& loop)
      : shared(all),
        io(loop),
        http(loop),
        fetcher(loop, all.addresses, net::system_resolver(),
                {.proxy = static_cast<net::ProxyUse>(all.config.media.proxy)}),
        media{all.pool, all.memory, all.limits} {}

  Service::Shared& shared;
  boost::asio::io_context& io;
  net::HttpClient http;
  net::Fetcher fetcher;
  pipeline::MediaResources media;
  std::map<std::string, std::unique_ptr<ChatEngine>, std::less<>> engines;

  EngineResources resources() { return {io, http, shared.pool, shared.models, shared.runtime}; }

  std::string identity(const std::string& provider) const;
  Result<ChatEngine*> engine(const std::string& provider);
  Result<std::vector<pipeline::Candidate>> candidates(const Question& question);
  Milliseconds hedge_after(const Question& question) const;
  Task<std::shared_ptr<const std::string>> read(const CallContext& ctx, const PictureSource& source,
                                                Mebibytes most);
  Task<> read_all(const CallContext& ctx, const Question& question, std::vector<PictureSource>& sources);
  Task<> open(const CallContext& ctx, const Question& question, Opened& out);
  Task<Plan> tiled_plan(const CallContext& ctx, const pipeline::ImageQuestion& opened,
                        const pipeline::Candidate& first, const Question& question);
};

/// A question for the pipeline, its pictures still missing. Errors: invalid_request for its schema.
Result<pipeline::ImageQuestion> without_pictures(const Question& question);
/// Takes text and data out of `from`.
Answer to_answer(pipeline::ImageAnswer& from, const Question& question);
/// Counts an answer in the metrics.
void record(Metrics& metrics, const Answer& answer);

inline double ms(std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1000.0; }

}  // namespace sensorium::service
