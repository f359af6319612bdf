// POST /v1/estimate: what a question would send and cost; no engine is called.
#include "server/call.h"
#include "service/plan_sum.h"
#include "service/question_json.h"

namespace sensorium::server {
namespace {

/// One plan for all questions.
Task<> plan_into(service::ServiceShard& shard, const CallContext& ctx,
                 std::vector<service::Question>& questions, std::optional<Result<service::Plan>>& plan) {
  for (auto& question : questions) {
    auto one = co_await shard.plan(ctx, question);
    question.pictures.clear();
    if (!one || !plan) plan.emplace(std::move(one));
    else service::add_plan(**plan, std::move(*one));
    if (!*plan) break;
  }
  co_return Status{};
}

Task<> estimate(Call& call) {
  auto questions = service::parse_estimate(SN_CO_TRY(co_await call.exchange().read_body()));
  if (!questions) co_return std::move(questions).error();
  StopScope scope(call.context(questions->front().timeout));
  std::optional<Result<service::Plan>> plan;
  SN_CO_TRY(
      co_await call.exchange().until_gone(scope, plan_into(call.shard(), scope.context(), *questions, plan)));
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
