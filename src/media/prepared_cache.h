// PreparedCache: prepared pictures in memory, by the digest of the source and the rule: a second question
// about a picture decodes nothing, and identical ones at the same time decode once.
#pragma once

#include <functional>
#include <list>
#include <mutex>
#include <unordered_map>

#include "exec/waker.h"
#include "media/prepare.h"

namespace sensorium::media {

/// What decides a preparation: `source_sha256` and every field of the rule.
std::string preparation_key(std::string_view source_sha256, const PrepareRule& rule, Detail detail);

/// Thread-safe; bounded in bytes, the longest unused go first.
class PreparedCache {
 public:
  /// `count` is called with "hit" or "miss" for each look.
  PreparedCache(std::int64_t max_bytes, std::function<void(std::string_view result)> count);

  using Make = std::function<Task<PreparedPicture>()>;
  /// The picture under `key`; made by `make` when it is not there, by one of those who ask at once.
  Task<PreparedPicture> get(const CallContext& ctx, std::string key, const Make& make);
  std::int64_t bytes() const;

 private:
  struct Entry {
    std::string key;
    PreparedPicture picture;
  };
  class Making;
  std::optional<PreparedPicture> find(const std::string& key);
  void put(const std::string& key, const PreparedPicture& picture);

  const std::int64_t max_bytes_;
  const std::function<void(std::string_view)> count_;
  mutable std::mutex mutex_;
  std::list<Entry> order_;  ///< the most recently used first
  std::unordered_map<std::string, std::list<Entry>::iterator> index_;
  std::unordered_map<std::string, std::vector<Waker>> making_;  ///< and who waits for it
  std::int64_t bytes_ = 0;
};

}  // namespace sensorium::media
