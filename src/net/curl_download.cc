// One attempt after the other into the same part file, until it is complete or hopeless.
#include "net/curl_download.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "base/text.h"
#include "net/curl_transfer.h"
#include "net/part_file.h"

namespace sensorium::net {
namespace {

constexpr std::string_view go_on = "Run the same command again: it goes on where it stopped";

/// What one attempt shares with the callbacks of its transfer.
struct Attempt {
  const Download& request;
  PartFile& part;
  TransferHead head;
  std::int64_t asked_from = 0;
  std::int64_t total = 0;
};

Status begin_body(Attempt& attempt, const TransferHead& head) {
  // A server may answer a request for a rest with the whole: ranges unknown, or the file has changed.
  const bool continues =
      head.status == 206 && head.range_start == attempt.asked_from && attempt.asked_from > 0;
  if (!continues) SN_TRY(attempt.part.restart());
  if (head.length >= 0) attempt.total = attempt.part.size() + head.length;
  return attempt.part.set_validator(head.validator);
}

Status take_body(Attempt& attempt, std::string_view bytes) {
  SN_TRY(attempt.part.append(bytes));
  const auto most = attempt.request.bytes;
  if (most > 0 && attempt.part.size() > most)
    return Error(Code::upstream_protocol,
                 fmt::format("{} sends more than the {} bytes expected", attempt.request.url, most),
                 "The file there is another one: update the catalogue, or choose another source");
  if (attempt.request.progress)
    attempt.request.progress(attempt.part.size(), most > 0 ? most : attempt.total);
  return {};
}

Error refused(const std::string& url, const TransferHead& head) {
  const auto told = [&](Code code, std::string_view what, std::string_view hint) {
    return Error(code, fmt::format("{}: {}", url, what), std::string(hint)).upstream(head.status);
  };
  switch (head.status) {
    case 404:
    case 410:
      return told(Code::not_found, "there is no such file", "Check the name, or choose another source");
    case 401:
    case 403:
      return told(Code::upstream_auth, "access is refused",
                  "The model may ask you to accept its licence: do so there, then set HF_TOKEN");
    case 429:
      return told(Code::upstream_rate_limited, "too many requests",
                  "Wait a while, then run the same command again");
    default:
      break;
  }
  if (head.status >= 500)
    return told(Code::upstream_unavailable, fmt::format("the server failed with {}", head.status), go_on);
  return told(Code::upstream_protocol, fmt::format("an unexpected status {}", head.status),
              "Check the address");
}

TransferRequest transfer_request(const Download& request, const PartFile& part) {
  TransferRequest result{request.url, request.headers, request.ca_file, request.stall};
  // Without a validator or a digest nobody would notice that the rest is of another version.
  if (part.size() > 0 && !(part.validator().empty() && request.sha256.empty())) {
    result.headers.push_back(fmt::format("Range: bytes={}-", part.size()));
    if (!part.validator().empty()) result.headers.push_back("If-Range: " + part.validator());
  }
  return result;
}

/// One connection. Afterwards the part is complete, or the error says why not.
Status attempt_once(const CallContext& ctx, Attempt& attempt) {
  attempt.asked_from = attempt.part.size();
  const TransferEvents events{[&](const TransferHead& head) { return begin_body(attempt, head); },
                              [&](std::string_view bytes) { return take_body(attempt, bytes); }};
  attempt.head = SN_TRY(transfer(ctx, transfer_request(attempt.request, attempt.part), events));
  if (attempt.head.status == 200 || attempt.head.status == 206) return {};
  return refused(attempt.request.url, attempt.head);
}

/// The rest is not to be had: either there is none, or these bytes are of another version.
bool range_refused(const Attempt& attempt) { return attempt.head.status == 416 && attempt.part.size() > 0; }

Status wait(const CallContext& ctx, Milliseconds time) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  const auto until = std::min(SteadyClock::now() + time, ctx.deadline());
  never.wait_until(lock, ctx.stop_token(), until, [] { return false; });
  return ctx.check();
}

Status fetch(const CallContext& ctx, Attempt& attempt) {
  auto pause = attempt.request.pause;
  for (int tried = 1;; ++tried) {
    const auto before = attempt.part.size();
    auto status = attempt_once(ctx, attempt);
    if (status) return status;
    if (range_refused(attempt)) {
      if (attempt.part.size() == attempt.request.bytes) return {};
      SN_TRY(attempt.part.restart());
      if (tried < attempt.request.attempts) continue;
    }
    if (!facts(status.error().code).retry || tried >= attempt.request.attempts) return status;
    if (attempt.part.size() > before) tried = 0;  // it moves: only attempts in vain are counted
    SN_TRY(wait(ctx, pause));
    if (tried > 0) pause *= 2;
  }
}

Error wrong(PartFile& part, const std::string& url, std::string_view what) {
  part.drop();
  return Error(
      Code::upstream_protocol, fmt::format("The file from {} is not the expected one: {}", url, what),
      "Try again; if it stays so, the file there has changed: update the catalogue or choose another source");
}

Result<Downloaded> verified(Attempt& attempt) {
  const auto& request = attempt.request;
  const auto expected_bytes = request.bytes > 0 ? request.bytes : attempt.head.linked_bytes;
  if (expected_bytes > 0 && attempt.part.size() != expected_bytes)
    return wrong(attempt.part, request.url,
                 fmt::format("{} bytes instead of {}", attempt.part.size(), expected_bytes));
  const auto expected = text::lower(request.sha256.empty() ? attempt.head.linked_sha256 : request.sha256);
  Downloaded result{attempt.part.size(), attempt.part.digest(), !expected.empty()};
  if (!expected.empty() && result.sha256 != expected)
    return wrong(attempt.part, request.url, fmt::format("its SHA-256 is {}", result.sha256));
  SN_TRY(attempt.part.finish());
  return result;
}

}  // namespace

Result<Downloaded> download(const CallContext& ctx, const Download& request) {
  PartFile part = SN_TRY(PartFile::open(request.path));
  Attempt attempt{request, part, {}, 0, 0};
  const bool complete = request.bytes > 0 && part.size() == request.bytes;
  if (!complete) SN_TRY(fetch(ctx, attempt));
  return verified(attempt);
}

}  // namespace sensorium::net
