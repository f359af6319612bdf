// POST /v1/estimate: what a question would send and cost; no engine is called.
#include "server/watched.h"
#include "service/plan_sum.h"
#include "service/question_json.h"

namespace sensorium::server {
namespace {

/// One plan for all questions.
Task<service::Plan> plan_all(service::ServiceShard& shard, const CallContext& ctx,
                             std::vector<service::Question>& questions) {
  std::optional<service::Plan> sum;
  for (auto& question : questions) {
    auto one = SN_CO_TRY(co_await shard.plan(ctx, question));
    question.pictures.clear();
    if (!sum) sum = std::move(one);
    else service::add_plan(*sum, std::move(one));
  }
  co_return std::move(*sum);
}

Task<> estimate(Call& call) {
  auto questions = service::parse_estimate(SN_CO_TRY(co_await call.exchange().read_body()));
  if (!questions) co_return std::move(questions).error();
  const auto plan = SN_CO_TRY(co_await watched<service::Plan>(
      call, questions->front().timeout,
      [&](const CallContext& ctx) { return plan_all(call.shard(), ctx, *questions); }));
  const std::string body = service::plan_json(plan);
  co_return co_await call.reply_json(body);
}

}  // namespace

extern const EndpointDef estimate_endpoint{
    .method = "POST",
    .path = "/v1/estimate",
    .operation = "estimate",
    .summary = "Tokens and price of a request, without sending it",
    .request_type = "application/json",
    .request_schema = "Estimate",
    .reply_schema = "Plan",
    .handle = estimate,
};

}  // namespace sensorium::server
