// POST /v1/analyze/image: a question as JSON.
#include "base/sha256.h"
#include "server/answer_call.h"
#include "service/question_json.h"

namespace sensorium::server {
namespace {

// The body is let go of before the engine is asked: a picture in base64 is a third larger than itself.
Task<service::Question> read_question(Call& call) {
  const std::string body = SN_CO_TRY(co_await call.exchange().read_body());
  if (call.has_idempotency_key()) call.fingerprint = sha256_hex(body);
  co_return service::parse_question(body);
}

Task<> analyze_image(Call& call) {
  auto question = co_await read_question(call);
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
