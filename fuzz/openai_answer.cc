// Answers and errors of the OpenAI dialect on arbitrary bytes. Checked besides not crashing: cutting
// a stream differently changes neither its text nor its outcome, and no error tells the key.
#include <cstdint>
#include <cstdlib>

#include "engine/remote/openai_dialect.h"

namespace {

using namespace sensorium;

const upstream::Source source{
    .provider = "acme", .model = "m", .key_variable = "ACME_KEY", .secret = "fuzzed-secret"};

void require(bool condition) {
  if (!condition) std::abort();
}

void check_error(const Error& error) {
  require(!error.message.empty());
  require(error.message.find(source.secret) == std::string::npos);
}

struct Outcome {
  std::string text;
  std::string error;
};

Outcome read(std::string_view stream, std::size_t piece) {
  openai::AnswerReader reader(source);
  Outcome out;
  const auto take = [&] {
    while (out.error.empty()) {
      const auto text = reader.next();
      if (!text) check_error(text.error()), out.error = text.error().message;
      else if (text->empty()) return;
      else out.text += *text;
    }
  };
  for (std::size_t at = 0; at < stream.size() && out.error.empty(); at += piece) {
    require(reader.feed(stream.substr(at, piece)).has_value());
    take();
  }
  reader.end();
  take();
  if (!out.error.empty()) return out;
  const auto completion = reader.finish();
  if (completion) require(completion->text == out.text);
  else check_error(completion.error()), out.error = completion.error().message;
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const Outcome whole = read(input, size + 1);
  for (const std::size_t piece : {1U, 5U, 64U}) {
    const Outcome cut = read(input, piece);
    require(cut.text == whole.text && cut.error == whole.error);
  }
  if (const auto answer = openai::read_answer(source, input); !answer) check_error(answer.error());
  const auto body = upstream::read_error_body(input);
  for (const int status : {200, 400, 429, 500}) check_error(upstream::make_error(source, status, {}, body));
  (void)upstream::parse_go_duration(input);
  (void)upstream::parse_date(input);
  return 0;
}
