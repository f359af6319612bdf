// Sums per day and model; a call adds to memory, one write takes all that came together.
#include "store/ledger.h"

#include <fmt/format.h>

#include <ctime>

namespace sensorium::store {

const char* const ledger_schema =
    "CREATE TABLE IF NOT EXISTS spending(day TEXT, caller TEXT, provider TEXT, model TEXT, calls INTEGER,"
    " failed INTEGER, unpriced INTEGER, input_tokens INTEGER, image_tokens INTEGER, output_tokens INTEGER,"
    " estimated_usd REAL, cost_usd REAL, PRIMARY KEY(day, caller, provider, model)) WITHOUT ROWID;";

namespace {

constexpr std::size_t most_pending = 4096;  // rows; more mean that the file cannot be written

Spending read_row(const Row& row) {
  Spending s;
  s.day = row.bytes(0);
  s.caller = row.bytes(1);
  s.provider = row.bytes(2);
  s.model = row.bytes(3);
  s.calls = row.integer(4);
  s.failed = row.integer(5);
  s.unpriced = row.integer(6);
  s.input_tokens = row.integer(7);
  s.image_tokens = row.integer(8);
  s.output_tokens = row.integer(9);
  s.estimated_usd = row.number(10);
  s.cost_usd = row.number(11);
  return s;
}

Error day_is_over_budget(const std::string& caller, double spent, double limit) {
  return Error(
      Code::budget_exhausted,
      fmt::format("The key {} has spent {:.6g} of its {:.6g} USD of today, and this call may cost more "
                  "than is left",
                  caller, spent, limit),
      "Ask again tomorrow (UTC), choose a cheaper model, or raise max_cost_usd_per_day");
}

}  // namespace

Spending& Spending::operator+=(const Spending& one) {
  calls += one.calls;
  failed += one.failed;
  unpriced += one.unpriced;
  input_tokens += one.input_tokens;
  image_tokens += one.image_tokens;
  output_tokens += one.output_tokens;
  estimated_usd += one.estimated_usd;
  cost_usd += one.cost_usd;
  return *this;
}

std::string today_utc() {
  const std::time_t now = ::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

Ledger::Reservation::~Reservation() {
  if (!ledger_) return;
  const std::scoped_lock lock(ledger_->mutex_);
  ledger_->today(caller_).reserved -= usd_;
}

Ledger::Today& Ledger::today(const std::string& caller) {
  if (std::string day = today_utc(); day != day_) {
    // What is reserved goes on over midnight; what was spent begins anew.
    for (auto& [name, sums] : callers_) sums.spent = 0;
    day_ = std::move(day);
  }
  return callers_[caller];
}

double Ledger::spent_today(const std::string& caller) {
  const std::scoped_lock lock(mutex_);
  return today(caller).spent;
}

Task<> Ledger::read_today(const CallContext& ctx) {
  {
    const std::scoped_lock lock(mutex_);
    if (read_ || !storage_) co_return Status{};
  }
  const std::string day = today_utc();
  auto sums = co_await storage_->read(ctx, [&](Database& db) -> Result<std::map<std::string, double>> {
    std::map<std::string, double> found;
    SN_TRY(db.run("SELECT caller, sum(cost_usd) FROM spending WHERE day = ? GROUP BY caller",
                  {std::string_view(day)}, [&](const Row& row) {
                    found[std::string(row.bytes(0))] = row.number(1);
                    return true;
                  }));
    return found;
  });
  SN_CO_TRY(ctx.check());
  const std::scoped_lock lock(mutex_);
  if (std::exchange(read_, true) || !sums) co_return Status{};
  // What this process spent before it looked is either in the file already or still pending.
  for (const auto& [caller, usd] : *sums) today(caller).spent = usd;
  for (const auto& [key, row] : pending_)
    if (row.day == day_) today(row.caller).spent += row.cost_usd;
  co_return Status{};
}

Task<Ledger::Reservation> Ledger::reserve(const CallContext& ctx, const std::string& caller, double usd,
                                          double limit) {
  SN_CO_TRY(co_await read_today(ctx));
  const std::scoped_lock lock(mutex_);
  Today& sums = today(caller);
  if (sums.spent + sums.reserved + usd > limit) co_return day_is_over_budget(caller, sums.spent, limit);
  sums.reserved += usd;
  co_return Reservation(this, caller, usd);
}

void Ledger::add(Spending spending) {
  bool begin = false;
  {
    const std::scoped_lock lock(mutex_);
    today(spending.caller).spent += spending.cost_usd;
    spending.day = day_;
    if (!storage_ || pending_.size() >= most_pending) return;
    begin = pending_.empty();
    const Key key{spending.day, spending.caller, spending.provider, spending.model};
    const auto [place, first] = pending_.try_emplace(key, spending);
    if (!first) place->second += spending;
  }
  if (begin) storage_->write([this](Database& db) { return write(db); });
}

Status Ledger::write(Database& db) {
  std::map<Key, Spending> rows;
  {
    const std::scoped_lock lock(mutex_);
    rows.swap(pending_);
  }
  for (const auto& [key, s] : rows)
    SN_TRY(db.run(
        "INSERT INTO spending VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, failed = failed + excluded.failed,"
        " unpriced = unpriced + excluded.unpriced, input_tokens = input_tokens + excluded.input_tokens,"
        " image_tokens = image_tokens + excluded.image_tokens,"
        " output_tokens = output_tokens + excluded.output_tokens,"
        " estimated_usd = estimated_usd + excluded.estimated_usd, cost_usd = cost_usd + excluded.cost_usd",
        {std::string_view(s.day), std::string_view(s.caller), std::string_view(s.provider),
         std::string_view(s.model), s.calls, s.failed, s.unpriced, s.input_tokens, s.image_tokens,
         s.output_tokens, s.estimated_usd, s.cost_usd}));
  return {};
}

Task<std::vector<Spending>> Ledger::list(const CallContext& ctx, std::string first, std::string last) {
  std::map<Key, Spending> rows;
  if (storage_) {
    auto stored = co_await storage_->read(ctx, [&](Database& db) -> Result<std::vector<Spending>> {
      std::vector<Spending> found;
      SN_TRY(db.run(
          "SELECT * FROM spending WHERE day >= ? AND (? = '' OR day <= ?) ORDER BY day DESC LIMIT 10000",
          {std::string_view(first), std::string_view(last), std::string_view(last)},
          [&](const Row& row) { return found.push_back(read_row(row)), true; }));
      return found;
    });
    SN_CO_TRY(ctx.check());
    if (stored)
      for (Spending& s : *stored) rows[{s.day, s.caller, s.provider, s.model}] = std::move(s);
  }
  const std::scoped_lock lock(mutex_);
  for (const auto& [key, s] : pending_) {
    if (s.day < first || (!last.empty() && s.day > last)) continue;
    const auto [place, fresh] = rows.try_emplace(key, s);
    if (!fresh) place->second += s;
  }
  std::vector<Spending> out;
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) out.push_back(std::move(row->second));
  co_return out;
}

}  // namespace sensorium::store
