// Tape: engine traffic recorded into a folder, one JSON file per exchange, or played from it instead of the
// network, so that a pipeline can be tested offline byte for byte.
// Surprising: no request header is recorded and only harmless ones of the reply; a key that a reply repeats
// is blanked. Pieces of a body are played as they came, without their pauses.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "exec/cpu_pool.h"
#include "net/http_client.h"

namespace sensorium::net {

/// One request and what came of it.
struct Exchange {
  enum class End : std::uint8_t { whole, cut, failed } end = End::whole;
  std::string id;  ///< SHA-256 of method, address and body
  std::string method, address;
  std::string request;  ///< the body for people: JSON whose long texts are digests
  int status = 0;
  Headers headers;
  std::vector<std::string> pieces;
  std::string error, message;  ///< of a call that gave no response: the code's name
};

std::string exchange_json(const Exchange& exchange);
/// Errors: invalid_request, with what is wrong with the file.
Result<Exchange> read_exchange(std::string_view json);
/// The fields in which two bodies differ ("messages[0].content[1].text"), at most `most`.
std::vector<std::string> differences(std::string_view recorded, std::string_view asked, std::size_t most);
/// `body` as JSON in which texts above 256 bytes are digests; as it is when it is no JSON.
std::string request_for_people(std::string_view body);

/// Thread-safe.
class Tape {
 public:
  enum class Mode : std::uint8_t { record, replay };
  /// Blocking. Errors: misconfigured (no such folder, not writable, a file that is no recording).
  static Result<std::shared_ptr<Tape>> open(Mode mode, const std::string& folder);
  ~Tape();  ///< what is recorded is on disk

  Mode mode() const noexcept { return mode_; }
  /// A call as an exchange without its reply.
  static Exchange begin(const HttpCall& call);
  /// The next recording of this request; the last one again when there are no more. Errors: not_found, which
  /// names what differs from the closest recording.
  Result<std::shared_ptr<const Exchange>> find(const Exchange& asked);
  /// The place of a recording among the others: calls are played in the order in which they began.
  std::uint64_t next_number() noexcept { return number_.fetch_add(1); }
  /// Writes on a thread of its own.
  void keep(std::uint64_t number, Exchange exchange);

 private:
  struct Takes {
    std::vector<std::shared_ptr<const Exchange>> list;
    std::size_t next = 0;
  };
  Tape(Mode mode, std::string folder) : mode_(mode), folder_(std::move(folder)) {}
  Status load();
  void write(std::uint64_t number, const Exchange& exchange) const;

  const Mode mode_;
  const std::string folder_;
  std::atomic<std::uint64_t> number_ = 1;
  std::mutex mutex_;
  std::map<std::string, Takes> takes_;
  std::unique_ptr<CpuPool> writer_;
};

/// A recorded response.
std::unique_ptr<HttpStream> play(std::shared_ptr<const Exchange> exchange);
/// Reads `inner` and keeps what came, also when it is dropped before its end. `secret` is blanked.
std::unique_ptr<HttpStream> record(std::shared_ptr<Tape> tape, std::uint64_t number, Exchange exchange,
                                   std::unique_ptr<HttpStream> inner, std::string secret);
/// What a call that gave no response gave when it was recorded.
Error recorded_failure(const Exchange& exchange);
/// The key that a call carries; "" for none.
std::string secret_of(const HttpCall& call);

}  // namespace sensorium::net
