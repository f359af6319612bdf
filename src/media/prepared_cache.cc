// One lock for all: a look takes nanoseconds, a preparation milliseconds.
#include "media/prepared_cache.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace sensorium::media {
namespace {

constexpr std::int64_t entry_overhead = 512;

std::int64_t cost(const PreparedPicture& picture) noexcept {
  return static_cast<std::int64_t>(picture.bytes->size()) + entry_overhead;
}

}  // namespace

std::string preparation_key(std::string_view source_sha256, const PrepareRule& rule, Detail detail) {
  // Taken apart on purpose: a new field does not compile until it is part of the key.
  const auto& [pixels, formats, max_bytes, quality, as_is, fetches, hash] = rule;
  const auto& [max_side, max_short, max_pixels, min_pixels, max_patches, grid, whole_patches, low_side,
               canvas, tile, max_tiles] = pixels;
  return fmt::format("{} {} {} {} {} {} {} {}/{} {} {} {} {} {} {} {} {} {} {}", source_sha256,
                     fmt::join(formats, "+"), max_bytes, quality, as_is, fetches, hash, max_side, max_short,
                     max_pixels, min_pixels, max_patches, grid, whole_patches, low_side,
                     static_cast<int>(canvas), tile, max_tiles, static_cast<int>(detail));
}

/// Whoever makes a picture; its end wakes the others, however it ends.
class PreparedCache::Making {
 public:
  Making(PreparedCache& cache, const std::string& key) : cache_(cache), key_(key) {}
  Making(const Making&) = delete;
  Making& operator=(const Making&) = delete;
  ~Making() {
    const std::scoped_lock lock(cache_.mutex_);
    const auto found = cache_.making_.find(key_);
    for (const Waker& bell : found->second) bell.wake();
    cache_.making_.erase(found);
  }

 private:
  PreparedCache& cache_;
  const std::string& key_;
};

PreparedCache::PreparedCache(std::int64_t max_bytes, std::function<void(std::string_view)> count)
    : max_bytes_(max_bytes), count_(std::move(count)) {}

std::optional<PreparedPicture> PreparedCache::find(const std::string& key) {
  const auto found = index_.find(key);
  if (found == index_.end()) return std::nullopt;
  order_.splice(order_.begin(), order_, found->second);
  return found->second->picture;
}

void PreparedCache::put(const std::string& key, const PreparedPicture& picture) {
  const std::int64_t size = cost(picture);
  if (size > max_bytes_ || index_.contains(key)) return;
  while (bytes_ + size > max_bytes_) {
    bytes_ -= cost(order_.back().picture);
    index_.erase(order_.back().key);
    order_.pop_back();
  }
  order_.push_front({key, picture});
  index_.emplace(key, order_.begin());
  bytes_ += size;
}

Task<PreparedPicture> PreparedCache::get(const CallContext& ctx, std::string key, const Make& make) {
  const Waker bell;
  for (;;) {
    {
      const std::scoped_lock lock(mutex_);
      if (auto found = find(key)) {
        count_("hit");
        co_return std::move(*found);
      }
      const auto [place, first] = making_.try_emplace(key);
      if (!first) place->second.push_back(bell);
      else break;
    }
    SN_CO_TRY(co_await bell.wait(ctx));
  }
  count_("miss");
  const Making making(*this, key);
  auto made = co_await make();
  if (made) {
    const std::scoped_lock lock(mutex_);
    put(key, *made);
  }
  co_return made;
}

std::int64_t PreparedCache::bytes() const {
  const std::scoped_lock lock(mutex_);
  return bytes_;
}

}  // namespace sensorium::media
