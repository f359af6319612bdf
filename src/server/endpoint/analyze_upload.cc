// POST /v1/analyze/upload: a question as a form, its pictures as files that go through the spool.
#include "server/answer_call.h"
#include "server/upload.h"

namespace sensorium::server {
namespace {

Task<service::Question> read_form(Call& call) {
  const std::string boundary = SN_CO_TRY(net::multipart_boundary(call.head().header("content-type")));
  UploadForm form(boundary, call.shared().spool_dir);
  const CallContext ctx = call.context();
  for (;;) {
    const std::string_view piece = SN_CO_TRY(co_await call.exchange().read_piece());
    if (piece.empty()) break;
    SN_CO_TRY(form.feed(piece));
    if (form.wants_flush())
      SN_CO_TRY(co_await call.shared().files.run(ctx, [&form](const CallContext&) { return form.flush(); }));
  }
  if (!form.spooled()) co_return form.finish();
  co_return co_await call.shared().files.run(ctx, [&form](const CallContext&) { return form.finish(); });
}

Task<> analyze_upload(Call& call) {
  auto question = co_await read_form(call);
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
