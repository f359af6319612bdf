// Looking a model up. Tables have a few hundred short rows: scanning them takes about a microsecond.
#include "engine/model_table.h"

#include <algorithm>
#include <fstream>

#include "base/check.h"
#include "base/text.h"

namespace sensorium {
namespace embedded {
extern const std::string_view models_json;
}
namespace {

/// How well `pattern` fits: 0 not at all, otherwise more for exact names and longer prefixes.
std::size_t fitness(std::string_view pattern, std::string_view model) noexcept {
  constexpr std::size_t exact = 1U << 16;
  if (!pattern.ends_with('*')) return pattern == model ? exact : 0;
  pattern.remove_suffix(1);
  return model.starts_with(pattern) ? pattern.size() + 1 : 0;
}

const ModelTable::Row* best(const std::vector<ModelTable::Row>& rows, std::string_view model,
                            std::size_t& fit) {
  const ModelTable::Row* found = nullptr;
  for (const ModelTable::Row& row : rows)
    if (const std::size_t one = fitness(row.pattern, model); one > fit) found = &row, fit = one;
  return found;
}

std::string_view after_last_slash(std::string_view name) noexcept {
  const auto slash = name.rfind('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

}  // namespace

EngineCard ModelTable::card(std::string_view provider, std::string_view model) const {
  const std::string name = text::lower(model);
  const auto at = providers_.find(provider);
  std::size_t fit = 0;
  if (at != providers_.end())
    if (const Row* row = best(at->second.rows, name, fit)) return row->card;

  EngineCard card = at == providers_.end() ? EngineCard{} : at->second.limits;
  if (at == providers_.end()) card.max_pictures = generic_pictures;
  const std::string_view family = after_last_slash(name);
  const Row* row = best(families_, family, fit);
  for (auto each = providers_.begin(); !row && each != providers_.end(); ++each)
    row = best(each->second.rows, family, fit);
  if (!row) return card;
  card.tokens = row->card.tokens;
  card.prepare.pixels = row->card.prepare.pixels;
  if (row->card.context_tokens > 0) card.context_tokens = row->card.context_tokens;
  return card;
}

std::vector<std::string> ModelTable::models(std::string_view provider) const {
  std::vector<std::string> names;
  const auto at = providers_.find(provider);
  if (at == providers_.end()) return names;
  for (const Row& row : at->second.rows)
    if (!row.pattern.ends_with('*')) names.push_back(row.pattern);
  return names;
}

const TokenRule* ModelTable::token_rule(std::string_view name) const noexcept {
  const auto found = rules_.find(name);
  return found == rules_.end() ? nullptr : &found->second;
}

Result<ModelTable> ModelTable::load(const std::string& path) {
  constexpr std::size_t largest = 16UL << 20;
  std::ifstream file(path, std::ios::binary);
  std::string text(largest + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  if (text.empty() || text.size() > largest)
    return Error(Code::misconfigured, "The model table " + path + " cannot be read",
                 "Check [models] table; without it the table that ships with the program is used");
  auto table = parse(text);
  if (!table) {
    Error error = std::move(table).error();
    error.message = path + ": " + error.message;
    return error;
  }
  return table;
}

std::chrono::year_month_day ModelTable::date_today() {
  return std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
}

const ModelTable& ModelTable::builtin() {
  static const ModelTable table = [] {
    auto parsed = parse(embedded::models_json);
    SN_CHECK(parsed.has_value());
    return std::move(*parsed);
  }();
  return table;
}

}  // namespace sensorium
