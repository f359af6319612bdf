// POST /v1/analyze/upload: a question as a form, its pictures as files that go through the spool.
#include "server/answer_call.h"
#include "server/read_form.h"
#include "service/question_json.h"

namespace sensorium::server {
namespace {

Task<> analyze_upload(Call& call) {
  auto question = co_await read_form(call, "Describe this picture.", service::check_question);
  if (!question) co_return std::move(question).error();
  co_return co_await answer_question(call, std::move(*question));
}

}  // namespace

extern const EndpointDef analyze_upload_endpoint{
    .method = "POST",
    .path = "/v1/analyze/upload",
    .operation = "analyze_upload",
    .summary = "Ask a question about uploaded files",
    .request_type = "multipart/form-data",
    .request_schema = "Upload",
    .reply_schema = "Answer",
    .handle = analyze_upload,
};

}  // namespace sensorium::server
