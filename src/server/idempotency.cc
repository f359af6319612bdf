// Entries in a map, the oldest at the front of a list; whoever waits is woken by the end of the claim.
#include "server/idempotency.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/sha256.h"

namespace sensorium::server {
namespace {

constexpr std::size_t longest_key = 255, answer_overhead = 1024;

std::size_t cost(const Idempotency::Answer& answer) noexcept {
  return answer ? answer->result.size() + answer_overhead : 0;
}

Error another_question() {
  return Error(Code::invalid_request, "This Idempotency-Key was used for another question",
               "Use a new key for each question, and the same one only to send a question again")
      .at("Idempotency-Key");
}

}  // namespace

Status check_idempotency_key(std::string_view header) {
  const bool good = !header.empty() && header.size() <= longest_key &&
                    std::ranges::all_of(header, [](char c) { return c > 0x20 && c < 0x7f; });
  if (good) return {};
  return Error(Code::invalid_request, "The Idempotency-Key must be 1 to 255 visible ASCII characters",
               "A UUID is a good key")
      .at("Idempotency-Key");
}

std::string fingerprint(const service::Question& q) {
  Sha256 digest;
  const auto add = [&](std::string_view part) {
    digest.update(fmt::format("{};", part.size()));
    digest.update(part);
  };
  // Taken apart on purpose: a new field does not compile until it is part of the digest or left out
  // knowingly. Left out: what the caller did not choose (its name, its lane, what parsing said).
  const auto& [pictures, prompt, system, model, detail, max_tokens, temperature, stream, cache, max_cost,
               caller, schema, tile, parts, tolerance, facts, exif, pages, frames, offline, bulk, takeover,
               timeout, warnings, ignored] = q;
  for (const std::string* text : {&prompt, &system, &model, &schema, &pages, &frames}) add(*text);
  add(fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {}", static_cast<int>(detail), max_tokens,
                  temperature.value_or(-1), stream, static_cast<int>(cache), facts, offline,
                  max_cost.value_or(-1), static_cast<int>(parts), tolerance, static_cast<int>(exif), takeover,
                  timeout.value_or(Milliseconds(-1)).count()));
  add(tile ? fmt::format("{} {} {}", tile->size, tile->overlap, tile->adaptive) : "");
  for (const service::PictureSource& picture : pictures) add(picture.bytes ? *picture.bytes : picture.url);
  return digest.finish_hex();
}

Idempotency::Claim::~Claim() {
  if (owner_) owner_->release(key_, nullptr);
}

void Idempotency::Claim::keep(const service::Answer& answer) {
  if (Idempotency* owner = std::exchange(owner_, nullptr))
    owner->release(key_, std::make_shared<const service::Answer>(answer));
}

void Idempotency::drop(std::map<std::string, Entry>::iterator entry) {
  bytes_ -= cost(entry->second.answer);
  ages_.erase(entry->second.age);
  entries_.erase(entry);
}

void Idempotency::make_room() {
  const TimePoint now = SteadyClock::now();
  for (auto age = ages_.begin(); age != ages_.end();) {
    const auto entry = entries_.find(*age++);
    const bool crowded = bytes_ > limits_.bytes || entries_.size() >= limits_.entries;
    if (!entry->second.answer) continue;  // in flight
    if (!crowded && entry->second.until > now) return;
    drop(entry);
  }
}

std::optional<Idempotency::Place> Idempotency::try_claim(const std::string& key,
                                                         const std::string& fingerprint, const Waker& bell,
                                                         std::optional<Error>& error) {
  const std::scoped_lock lock(mutex_);
  make_room();
  const auto found = entries_.find(key);
  if (found == entries_.end()) {
    if (entries_.size() >= limits_.entries) {
      error = Error(Code::overloaded, "Too many questions with an Idempotency-Key are in flight",
                    "Try again in a second")
                  .after(Milliseconds(1000));
      return std::nullopt;
    }
    ages_.push_back(key);
    entries_.emplace(key, Entry{fingerprint, nullptr, {}, {}, std::prev(ages_.end())});
    return Place{nullptr, Claim(this, key)};
  }
  Entry& entry = found->second;
  if (entry.fingerprint != fingerprint) error = another_question();
  else if (entry.answer) return Place{entry.answer, {}};
  else entry.waiting.push_back(bell);
  return std::nullopt;
}

Task<Idempotency::Place> Idempotency::claim(const CallContext& ctx, std::string key,
                                            std::string fingerprint) {
  const Waker bell;
  for (;;) {
    std::optional<Error> error;
    if (auto place = try_claim(key, fingerprint, bell, error)) co_return std::move(*place);
    if (error) co_return std::move(*error);
    SN_CO_TRY(co_await bell.wait(ctx));
  }
}

void Idempotency::release(const std::string& key, Answer answer) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(key);
  Entry& entry = found->second;
  for (const Waker& bell : entry.waiting) bell.wake();
  entry.waiting.clear();
  if (!answer) return drop(found);
  entry.answer = std::move(answer);
  entry.until = SteadyClock::now() + limits_.lifetime;
  bytes_ += cost(entry.answer);
  make_room();
}

std::size_t Idempotency::size() const {
  const std::scoped_lock lock(mutex_);
  return entries_.size();
}

}  // namespace sensorium::server
