// Options, and the way of one picture.
#include "workers/reader/program.h"

#include <malloc.h>

#include <filesystem>

#include "base/folders.h"
#include "workers/common/program.h"
#include "workers/reader/codes.h"
#include "workers/reader/facts.h"
#include "workers/reader/reply.h"

namespace sensorium::reader {
namespace {

constexpr int longest_side = 3600;  // pixels; enough for 10 point type on a photographed A4 page
constexpr int codes_side = 2000;
constexpr auto usage =
    "Usage: sensorium-reader (--socket PATH | --picture FILE) [--weights DIR] [--threads N]; sensorium "
    "starts it by "
    "itself, to read a picture run: sensorium ask -m reader \"What does it say?\" PICTURE";

/// Where an installed package keeps them; "" when this program stands in a build folder.
std::string packaged_weights() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto folder = program.parent_path().parent_path() / "share/sensorium/reader-weights";
  return !error && std::filesystem::is_directory(folder, error) ? folder.string() : "";
}

std::string default_weights() {
  if (auto set = environment("SENSORIUM_READER_WEIGHTS"); !set.empty()) return set;
  if (auto packaged = packaged_weights(); !packaged.empty()) return packaged;
  return default_cache_dir() + "/engines/" SN_READER_WEIGHTS_NAME;
}

/// Codes need few pixels, and ZXing takes time by the pixel; found ones are scaled back.
std::vector<FoundCode> codes_in(const Image& image) {
  if (image.size.long_side() <= codes_side) return find_codes(grey(image));
  const float scale = static_cast<float>(codes_side) / static_cast<float>(image.size.long_side());
  const auto side = [scale](int pixels) {
    return std::max(static_cast<int>(static_cast<float>(pixels) * scale), 1);
  };
  auto codes = find_codes(grey(resized(image, {side(image.size.width), side(image.size.height)})));
  for (auto& code : codes) code.quad = scaled(code.quad, 1 / scale);
  return codes;
}

double milliseconds_since(TimePoint begin) {
  return std::chrono::duration<double, std::milli>(SteadyClock::now() - begin).count();
}

}  // namespace

Result<Arguments> parse_arguments(std::span<const char* const> words) {
  Arguments arguments;
  arguments.weights = default_weights();
  SN_TRY(worker::parse_options(words, usage, [&](std::string_view name, const char* value) -> Result<bool> {
    if (name == "--socket") arguments.socket = value;
    else if (name == "--picture") arguments.picture = value;
    else if (name == "--weights") arguments.weights = value;
    else if (name == "--threads") arguments.threads = SN_TRY(worker::parse_threads(value, usage));
    else return false;
    return true;
  }));
  if (arguments.socket.empty() == arguments.picture.empty())
    return Error(Code::invalid_request, "Either --socket or --picture must be given", usage);
  return arguments;
}

Result<std::string> Reader::read(const CallContext& ctx, std::shared_ptr<const std::string> bytes) {
  const std::scoped_lock lock(mutex_);
  SN_TRY(ctx.check());
  const auto begin = SteadyClock::now();
  const auto picture = SN_TRY(media::open_picture(std::move(bytes), {}));
  const auto image = SN_TRY(media::decode_pixels(ctx, picture, longest_side));
  const double decode = milliseconds_since(begin);
  const auto page = SN_TRY(pages_.read(ctx, image));
  const auto after_page = SteadyClock::now();
  const auto codes = codes_in(image);
  const auto facts = measure(image);
  const float scale =
      static_cast<float>(picture.facts.upright_size().width) / static_cast<float>(image.size.width);
  auto reply = reply_json({picture, page, codes, facts, exif_facts(*picture.bytes), scale, decode,
                           milliseconds_since(after_page), milliseconds_since(begin)});
  ::malloc_trim(0);  // a large page must not keep its memory until the next one comes
  return reply;
}

worker::Reply Reader::handle(const worker::Request& request) {
  if (request.head.path != "/read")
    return worker::error_reply(Error(Code::not_found, "The reader has POST /read and GET /health only"));
  if (request.head.method != "POST")
    return worker::error_reply(Error(Code::method_not_allowed, "Pictures are read by POST /read"));
  auto body = read(request.context, request.body);
  media::finish_thread();
  return body ? worker::Reply{200, std::move(*body)} : worker::error_reply(body.error());
}

}  // namespace sensorium::reader
