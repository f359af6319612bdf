// POST /v1/estimate: what a question would send and cost; no engine is called.
#include "server/call.h"
#include "service/question_json.h"

namespace sensorium::server {
namespace {

Task<> plan_into(service::ServiceShard& shard, const CallContext& ctx, const service::Question& question,
                 std::optional<Result<service::Plan>>& plan) {
  plan.emplace(co_await shard.plan(ctx, question));
  co_return Status{};
}

Task<> estimate(Call& call) {
  auto question = service::parse_estimate(SN_CO_TRY(co_await call.exchange().read_body()));
  if (!question) co_return std::move(question).error();
  StopScope scope(call.context(question->timeout));
  std::optional<Result<service::Plan>> plan;
  SN_CO_TRY(
      co_await call.exchange().until_gone(scope, plan_into(call.shard(), scope.context(), *question, plan)));
  if (!*plan) co_return std::move(*plan).error();
  const std::string body = service::plan_json(**plan);
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
