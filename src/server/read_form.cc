// Pieces of the body into the form; what may block goes to the pool for files.
#include "server/read_form.h"

#include "server/upload.h"

namespace sensorium::server {

Task<> fill_form(Call& call, const CallContext& ctx, Form& form) {
  for (;;) {
    const std::string_view piece = SN_CO_TRY(co_await call.exchange().read_piece());
    if (piece.empty()) co_return Status{};
    SN_CO_TRY(form.feed(piece));
    if (form.wants_flush())
      SN_CO_TRY(co_await call.shared().files.run(ctx, [&form](const CallContext&) { return form.flush(); }));
  }
}

Task<service::Question> read_form(Call& call, std::string_view prompt,
                                  Status (*check)(const service::Question&)) {
  const std::string boundary = SN_CO_TRY(net::multipart_boundary(call.head().header("content-type")));
  UploadForm form(boundary, call.shared().spool_dir, prompt, check);
  const CallContext ctx = call.context();
  SN_CO_TRY(co_await fill_form(call, ctx, form));
  if (!form.spooled()) co_return form.finish();
  co_return co_await call.shared().files.run(ctx, [&form](const CallContext&) { return form.finish(); });
}

}  // namespace sensorium::server
