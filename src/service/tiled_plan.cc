// What a question in tiles would send, and what many questions would cost together.
#include <fmt/format.h>

#include <algorithm>

#include "pipeline/tile.h"
#include "service/plan_sum.h"
#include "service/shard_impl.h"

namespace sensorium::service {
namespace {

PictureReport report_of(const pipeline::TileCost& tile, std::int64_t tokens) {
  PictureReport report;
  report.width = report.sent_width = tile.size.width;
  report.height = report.sent_height = tile.size.height;
  report.sent_bytes = tile.bytes;
  report.mime = "image/jpeg";
  report.estimated_tokens = tokens;
  return report;
}

}  // namespace

Task<Plan> ServiceShard::Impl::tiled_plan(const CallContext& ctx, const pipeline::ImageQuestion& opened,
                                          const pipeline::Candidate& first, const Question& question) {
  const EngineCard card = first.engine->card(first.model);
  const auto cost = SN_CO_TRY(co_await pipeline::tile_costs(ctx, media, opened, card));
  Plan plan;
  plan.model = first.name;
  plan.calls = cost.calls;
  for (const auto& tile : cost.tiles) {
    const auto tokens = picture_tokens(card.tokens, tile.size, media::Detail::high);
    plan.pictures.push_back(report_of(tile, tokens));
    plan.input_tokens += tokens;
  }
  plan.input_tokens += cost.calls * pipeline::estimate_input(opened, {});
  plan.output_tokens_max = card.generates ? std::int64_t{question.max_tokens} * cost.calls : 0;
  plan.warnings = question.warnings;
  const auto low = cost_usd(card, {.input_tokens = plan.input_tokens});
  const auto high =
      cost_usd(card, {.input_tokens = plan.input_tokens, .output_tokens = plan.output_tokens_max});
  if (low && high) plan.cost_usd = {*low, *high};
  co_return plan;
}

void add_plan(Plan& sum, Plan&& more) {
  std::ranges::move(more.pictures, std::back_inserter(sum.pictures));
  sum.calls += more.calls;
  sum.input_tokens += more.input_tokens;
  sum.output_tokens_max += more.output_tokens_max;
  if (sum.cost_usd && more.cost_usd)
    sum.cost_usd = {sum.cost_usd->first + more.cost_usd->first, sum.cost_usd->second + more.cost_usd->second};
  else sum.cost_usd.reset();  // a sum with an unknown part is unknown
  for (auto& warning : more.warnings)
    if (std::ranges::find(sum.warnings, warning) == sum.warnings.end())
      sum.warnings.push_back(std::move(warning));
}

}  // namespace sensorium::service
