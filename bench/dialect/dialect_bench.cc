// Microseconds of our own code around one engine call: building the request, reading chunks and whole
// answers, looking a model up. Best of several rounds, because other programs only ever add time.
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "engine/model_table.h"
#include "engine/remote/openai_dialect.h"

namespace {

using namespace sensorium;

constexpr int rounds = 15;

template <class Work>
double best_microseconds(int repeats, Work work) {
  double best = 1e12;
  for (int round = 0; round < rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < repeats; ++i) work();
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count() / repeats);
  }
  return best;
}

ChatRequest question(std::size_t picture_bytes) {
  ChatRequest request;
  request.model = "gpt-6-luna";
  request.turns.push_back({Turn::Role::user, "What is on this picture? Answer in one sentence.", {}});
  PicturePart part;
  part.picture.bytes = std::make_shared<const std::string>(picture_bytes, 'x');
  part.picture.mime = "image/jpeg";
  request.turns[0].pictures.push_back(std::move(part));
  return request;
}

std::string chunk(std::string_view text) {
  std::string out =
      R"(data: {"id":"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG","object":"chat.completion.chunk","created":1741570283,)"
      R"("model":"gpt-6-luna-2026-08-06","service_tier":"default","system_fingerprint":"fp_fc9f1d7035","choices":[{"index":0,)"
      R"("delta":{"content":")";
  out += text;
  out += R"("},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"aB3dE5gH7jK9"})"
         "\n\n";
  return out;
}

void bench_requests() {
  for (const std::size_t size : {10'000UL, 150'000UL, 1'000'000UL}) {
    const ChatRequest request = question(size);
    std::size_t sum = 0;
    const double cost = best_microseconds(200, [&] { sum += openai::build_request(request, {}).size(); });
    std::printf("build a request with a picture of %7zu bytes  %8.2f us\n", size, cost);
    if (sum == 0) std::abort();
  }
}

void bench_stream() {
  constexpr int chunks = 1000;
  const std::string one = chunk(" word");
  const upstream::Source source{.provider = "openai", .model = "gpt-6-luna"};
  std::size_t text = 0;
  const double cost = best_microseconds(1, [&] {
    openai::AnswerReader reader(source);
    for (int i = 0; i < chunks; ++i) {
      if (!reader.feed(one)) std::abort();
      text += reader.next()->size();
    }
  });
  if (text == 0) std::abort();
  std::printf("read one streamed chunk of %zu bytes           %8.3f us\n", one.size(), cost / chunks);
}

void bench_answer() {
  const std::string body =
      R"({"id":"c","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"A cat on a )"
      R"(sofa.","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":123,)"
      R"("completion_tokens":45,"total_tokens":168,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0}}})";
  const double cost = best_microseconds(1000, [&] {
    if (!openai::read_answer({.provider = "openai"}, body)) std::abort();
  });
  std::printf("read a whole answer of %zu bytes               %8.3f us\n", body.size(), cost);
}

void bench_table() {
  const ModelTable& table = ModelTable::builtin();
  std::size_t sum = 0;
  for (const std::string_view model : {"gpt-6-luna", "never-heard-of-it"}) {
    const double cost =
        best_microseconds(1000, [&] { sum += table.card("openai", model).prepare.formats.size(); });
    std::printf("look up the card of %-20.*s      %8.3f us\n", static_cast<int>(model.size()), model.data(),
                cost);
  }
  if (sum == 0) std::abort();
}

}  // namespace

int main() {
  bench_requests();
  bench_stream();
  bench_answer();
  bench_table();
}
