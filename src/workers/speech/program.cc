// Options, and the way of one chunk.
#include "workers/speech/program.h"

#include "workers/common/program.h"
#include "workers/speech/form.h"

namespace sensorium::speech {
namespace {

constexpr auto usage =
    "Usage: sensorium-speech --socket PATH --model FILE [--threads N]; sensorium starts it by itself, to "
    "hear a "
    "recording run: sensorium transcribe FILE";
constexpr std::string_view transcriptions = "/v1/audio/transcriptions",
                           translations = "/v1/audio/translations";

}  // namespace

Result<Arguments> parse_arguments(std::span<const char* const> words) {
  Arguments arguments;
  SN_TRY(worker::parse_options(words, usage, [&](std::string_view name, const char* value) -> Result<bool> {
    if (name == "--socket") arguments.socket = value;
    else if (name == "--model") arguments.model = value;
    else if (name == "--threads") arguments.threads = SN_TRY(worker::parse_threads(value, usage));
    else return false;
    return true;
  }));
  if (arguments.socket.empty() || arguments.model.empty())
    return Error(Code::invalid_request, "Both --socket and --model must be given", usage);
  return arguments;
}

Result<std::string> Recognizer::transcribe(const worker::Request& request, HearRequest::Task task) {
  Form form = SN_TRY(read_form(*request.body));
  form.request.task = task;
  const double seconds = static_cast<double>(form.samples.size()) / WHISPER_SAMPLE_RATE;
  const auto slot = SN_TRY(slots_.acquire(request.context, form.job));
  return reply_json(SN_TRY(recognise(request.context, model_, slot.state(), form.request)), seconds, task);
}

worker::Reply Recognizer::handle(const worker::Request& request) {
  const bool known = request.head.path == transcriptions || request.head.path == translations;
  if (!known)
    return worker::error_reply(
        Error(Code::not_found, "The worker has POST /v1/audio/transcriptions and translations"));
  if (request.head.method != "POST")
    return worker::error_reply(Error(Code::method_not_allowed, "Sound is sent by POST"));
  auto body = transcribe(request, request.head.path == translations ? HearRequest::Task::translate
                                                                    : HearRequest::Task::transcribe);
  return body ? worker::Reply{200, std::move(*body)} : worker::error_reply(body.error());
}

}  // namespace sensorium::speech
