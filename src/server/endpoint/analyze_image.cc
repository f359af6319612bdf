// POST /v1/analyze/image: a question as JSON.
#include "server/answer_call.h"
#include "service/question_json.h"

namespace sensorium::server {
namespace {

Task<> analyze_image(Call& call) {
  // The body is let go of before the engine is asked: a picture in base64 is a third larger than itself.
  auto question = service::parse_question(SN_CO_TRY(co_await call.exchange().read_body()));
  if (!question) co_return std::move(question).error();
  co_return co_await answer_question(call, std::move(*question));
}

}  // namespace

extern const EndpointDef analyze_image_endpoint{
    .method = "POST",
    .path = "/v1/analyze/image",
    .operation = "analyze_image",
    .summary = "Ask a question about one or more pictures",
    .request_type = "application/json",
    .request_schema = "Question",
    .reply_schema = "Answer",
    .handle = analyze_image,
};

}  // namespace sensorium::server
