// Idempotency-Key: a question that is sent again under the same key gets the same answer, and is not asked
// again. A repeat that comes while the first is in flight waits for it: the caller wants the answer, and a
// 409 would only make it poll. Surprising: failures are not kept: nothing was answered, so a repeat may try
// again.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "exec/waker.h"
#include "service/question.h"

namespace sensorium::server {

struct IdempotencyLimits {
  std::size_t entries = 4096;
  std::size_t bytes = 32UL << 20;
  Milliseconds lifetime{24 * 3'600'000};
};

/// In memory, shared by all shards. Thread-safe.
class Idempotency {
 public:
  using Answer = std::shared_ptr<const service::Answer>;
  explicit Idempotency(IdempotencyLimits limits = {}) : limits_(limits) {}

  /// The right and the duty to answer; a claim that ends without keep() lets the next one try.
  class Claim {
   public:
    Claim() = default;
    Claim(Claim&& other) noexcept
        : owner_(std::exchange(other.owner_, nullptr)), key_(std::move(other.key_)) {}
    Claim& operator=(Claim&&) = delete;
    ~Claim();
    void keep(const service::Answer& answer);

   private:
    friend class Idempotency;
    Claim(Idempotency* owner, std::string key) : owner_(owner), key_(std::move(key)) {}
    Idempotency* owner_ = nullptr;
    std::string key_;
  };
  struct Place {
    Answer answer;  ///< given before; null: ask, and tell the claim
    Claim claim;
  };

  /// Waits while another has the claim. `fingerprint` is a digest of the question. Errors: invalid_request
  /// (another question under this key), overloaded (too many in flight), cancelled.
  Task<Place> claim(const CallContext& ctx, std::string key, std::string fingerprint);
  std::size_t size() const;

 private:
  struct Entry {
    std::string fingerprint;
    Answer answer;
    TimePoint until{};
    std::vector<Waker> waiting;
    std::list<std::string>::iterator age;
  };
  std::optional<Place> try_claim(const std::string& key, const std::string& fingerprint, const Waker& bell,
                                 std::optional<Error>& error);
  void release(const std::string& key, Answer answer);
  void drop(std::map<std::string, Entry>::iterator entry);
  void make_room();

  const IdempotencyLimits limits_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;
  std::list<std::string> ages_;  ///< the oldest first
  std::size_t bytes_ = 0;
};

/// Errors: invalid_request when `header` is no key: empty, above 255 characters, not visible ASCII.
Status check_idempotency_key(std::string_view header);
/// A digest of what is asked, its pictures included. Takes milliseconds for megabytes.
std::string fingerprint(const service::Question& question);

}  // namespace sensorium::server
