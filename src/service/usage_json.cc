// The body of GET /v1/usage: rows by day, key, provider and model, and their sum.
#include "service/json_text.h"
#include "service/service_shared.h"

namespace sensorium::service {
namespace {

constexpr std::size_t row_size = 320;

bool is_day(std::string_view text) noexcept {
  constexpr std::string_view shape = "0000-00-00";
  if (text.empty()) return true;
  if (text.size() != shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == '-' ? text[i] != '-' : text[i] < '0' || text[i] > '9') return false;
  return true;
}

Status check_day(std::string_view name, std::string_view day) {
  if (is_day(day)) return {};
  return Error(Code::invalid_request, "`" + std::string(name) + "` must be a day like 2026-11-24",
               "Leave it out for all days")
      .at(std::string(name));
}

void write_sums(JsonText& json, const store::Spending& s) {
  json.field("calls", s.calls)
      .field("failed", s.failed)
      .field("unpriced", s.unpriced)
      .field("input_tokens", s.input_tokens)
      .field("image_tokens", s.image_tokens)
      .field("output_tokens", s.output_tokens)
      .key("estimated_usd")
      .number(s.estimated_usd)
      .key("cost_usd")
      .number(s.cost_usd);
}

}  // namespace

Task<std::string> Service::usage_json(const CallContext& ctx, std::string first, std::string last,
                                      std::string caller) const {
  SN_CO_TRY(check_day("from", first));
  SN_CO_TRY(check_day("to", last));
  const auto rows = SN_CO_TRY(co_await shared_->stores.ledger().list(ctx, first, last));
  JsonText json(rows.size() * row_size + row_size);
  json.open('{').field("schema", "sensorium.usage/1").key("rows").open('[');
  store::Spending sum;
  for (const store::Spending& row : rows) {
    if (!caller.empty() && row.caller != caller) continue;
    sum += row;
    json.open('{')
        .field("day", row.day)
        .field("key", row.caller)
        .field("provider", row.provider)
        .field("model", row.model);
    write_sums(json, row);
    json.close('}');
  }
  json.close(']').key("total").open('{');
  write_sums(json, sum);
  json.close('}').close('}');
  co_return std::move(json).take();
}

}  // namespace sensorium::service
