// One row each.
#include "service/troubles.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace sensorium::service {
namespace {

constexpr std::array rows{
    Trouble{"bad base64", Code::invalid_request,
            "image_base64 that does not decode, a data URL without its data",
            "Send the file itself (POST /v1/analyze/upload, or its path on the terminal); or encode it with "
            "base64 -w0 and nothing around it"},
    Trouble{
        "rate limited (429)", Code::upstream_rate_limited, "the provider answers 429",
        "It is repeated after the time the provider names; lower --concurrency, or name a second model in "
        "[models.alias.NAME] chain"},
    Trouble{"picture over the provider's limit", Code::model_limit,
            "413, \"image exceeds\", more bytes or pixels than the model takes",
            "Pictures are shrunk to the model's limits before they are sent; with many pictures at once use "
            "--detail low or fewer of them"},
    Trouble{"out of memory while a model loads", Code::overloaded,
            "a child program ended for lack of memory, on the graphics card or in the machine",
            "Choose a smaller or a more strongly quantised model (sensorium models recommend), close other "
            "programs, or set [local] gpu = \"off\""},
    Trouble{"unreadable or unsupported video", Code::corrupt_media,
            "no decoder for it, no index (moov) in it, or it is cut off",
            "Get the whole file again, or rewrite it: ffmpeg -i IN -c copy -movflags +faststart OUT.mp4"},
    Trouble{"unknown model, or one without vision", Code::unknown_model,
            "404 of the provider, \"does not support image\"",
            "See sensorium models ls --all for names, and the column PICTURES for what sees"},
    Trouble{
        "time-out", Code::upstream_timeout, "no first token, or silence between tokens",
        "Raise timeout_first_token_s or timeout_idle_s of the engine; a local model needs minutes to load "
        "the first time"},
    Trouble{
        "broken JSON inside a stream", Code::upstream_broken_stream,
        "a line of the stream is not JSON, or the stream ends without its end mark",
        "Single lines are skipped and counted in a warning; if the stream broke off, ask again: text that "
        "has come is kept"},
    Trouble{"unidentifiable picture", Code::unsupported_media, "the content is of no known type",
            "Check that it is a picture (an address may have given a web page instead); convert it to JPEG "
            "or PNG"},
    Trouble{
        "connection reset during a large upload", Code::upstream_unavailable,
        "the connection ends while the body is sent",
        "Shrinking before sending makes it rare; otherwise it is repeated: check proxies between here and "
        "the provider, and [server] max_body_mb of this service"},
};
static_assert(rows.size() == 10);

}  // namespace

std::span<const Trouble> troubles() noexcept { return rows; }

const Trouble& trouble(std::string_view name) noexcept {
  const auto found = std::ranges::find(rows, name, &Trouble::name);
  SN_CHECK(found != rows.end());
  return *found;
}

}  // namespace sensorium::service
