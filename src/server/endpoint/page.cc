// GET /: the web page, embedded; it loads nothing from elsewhere and the policy below holds it to that.
#include "server/call.h"

namespace sensorium::embedded {
extern const std::string_view page_html;
}

namespace sensorium::server {
namespace {

Task<> page(Call& call) {
  call.headers.emplace_back("Content-Security-Policy",
                            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
                            "img-src data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
                            "frame-ancestors 'none'");
  call.headers.emplace_back("X-Content-Type-Options", "nosniff");
  return call.reply(200, "text/html; charset=utf-8", embedded::page_html);
}

}  // namespace

extern const EndpointDef page_endpoint{
    .method = "GET",
    .path = "/",
    .operation = "page",
    .summary = "The web page",
    .access = Access::anyone,
    .reply_type = "text/html",
    .handle = page,
};

}  // namespace sensorium::server
