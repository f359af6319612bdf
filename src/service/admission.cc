// Megapixels are those of the pictures as they came: they are what decoding costs us.
#include "service/admission.h"

namespace sensorium::service {
namespace {

double megapixels(int width, int height) {
  constexpr double million = 1e6;
  return static_cast<double>(width) * height / million;
}

flow::Units expected(const Question& question, const pipeline::ImageQuestion& opened,
                     const EngineCard& card) {
  std::int64_t tokens = text_tokens(opened.prompt) + text_tokens(opened.system) + question.max_tokens;
  double pixels = 0;
  for (const auto& picture : opened.pictures) {
    const media::Size size = picture.facts.upright_size();
    pixels += megapixels(size.width, size.height);
    tokens += picture_tokens(card.tokens, size, opened.detail);
  }
  return {1, static_cast<double>(tokens), pixels, 0};
}

}  // namespace

Task<std::unique_ptr<flow::Permit>> admit(EngineChain& chain, const CallContext& ctx,
                                          const Question& question, const pipeline::ImageQuestion& opened,
                                          const EngineCard& card) {
  flow::Gate* gate = chain.gate_of(question.caller);
  if (!gate) co_return nullptr;
  co_return std::make_unique<flow::Permit>(
      SN_CO_TRY(co_await gate->enter(ctx, expected(question, opened, card), question.caller,
                                     question.bulk ? Lane::bulk : Lane::interactive)));
}

void settle(flow::Permit* permit, const Answer& answer) {
  if (!permit) return;
  double pixels = 0;
  for (const auto& picture : answer.pictures) pixels += megapixels(picture.width, picture.height);
  permit->settle({1, static_cast<double>(answer.usage.input_tokens + answer.usage.output_tokens), pixels, 0});
}

}  // namespace sensorium::service
