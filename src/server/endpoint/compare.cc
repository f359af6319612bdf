// POST /v1/compare: pictures against each other, as JSON or as a form with files.
#include "server/answer_call.h"
#include "server/read_form.h"
#include "server/watched.h"
#include "service/question_json.h"

namespace sensorium::server {
namespace {

Task<service::Question> read_question(Call& call) {
  if (call.head().header("content-type").starts_with("multipart/"))
    co_return co_await read_form(call, "", service::check_comparison);
  co_return service::parse_comparison(SN_CO_TRY(co_await call.exchange().read_body()));
}

Task<> compare(Call& call) {
  auto question = SN_CO_TRY(co_await read_question(call));
  question.caller = call.caller;
  add_ignored(call, question.ignored);
  NoSink sink;
  const auto comparison =
      SN_CO_TRY(co_await watched<service::Comparison>(call, question.timeout, [&](const CallContext& ctx) {
        return call.shard().compare(ctx, question, sink);
      }));
  call.model = comparison.answer.model;
  add_answer_headers(call, comparison.answer);
  const std::string body = service::comparison_json(comparison);
  co_return co_await call.reply_json(body);
}

}  // namespace

extern const EndpointDef compare_endpoint{
    .method = "POST",
    .path = "/v1/compare",
    .operation = "compare",
    .summary = "Compare two or more pictures: measured facts, regions, words",
    .request_type = "application/json",
    .request_schema = "CompareRequest",
    .reply_schema = "Comparison",
    .handle = compare,
};

}  // namespace sensorium::server
