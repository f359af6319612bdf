// libcurl's multi interface on the calling thread: its easy interface looks at the context once a
// second only. libcurl 7.88 needs CAPATH cleared, or it parses all certificates for each connection.
#include "net/curl_transfer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.h"
#include "net/curl_library.h"

namespace sensorium::net {
namespace {

constexpr int poll_ms = 50;
constexpr long connect_timeout_s = 15, most_redirects = 8;
constexpr std::string_view agent = "sensorium";

/// Only where transfer() has opened it.
const CurlLibrary& curl() { return **curl_library(); }

struct EasyDelete {
  void operator()(CURL* handle) const noexcept { curl().easy_cleanup(handle); }
};
struct MultiDelete {
  void operator()(CURLM* handle) const noexcept { curl().multi_cleanup(handle); }
};
struct ListDelete {
  void operator()(curl_slist* list) const noexcept { curl().slist_free_all(list); }
};

struct State {
  const TransferEvents& events;
  TransferHead head;
  bool begun = false;
  std::optional<Error> error;
  TimePoint last_sign = SteadyClock::now();  ///< of life: libcurl's own check needs several seconds
};

std::int64_t number(std::string_view text) {
  std::int64_t value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string unquoted(std::string_view text) {
  if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"'))
    text = text.substr(1, text.size() - 2);
  return std::string(text);
}

bool is_digest(std::string_view text) {
  constexpr std::size_t digits = 64;
  return text.size() == digits &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

void take_header(TransferHead& head, std::string_view name, std::string_view value) {
  const auto is = [&](std::string_view known) { return text::equal_ignoring_case(name, known); };
  if (is("content-length")) head.length = number(value);
  else if (is("content-range") && value.starts_with("bytes ")) head.range_start = number(value.substr(6));
  else if (is("etag") && !value.starts_with("W/")) head.validator = value;
  else if (is("last-modified") && head.validator.empty()) head.validator = value;
  else if (is("retry-after")) head.retry_after = value;
  else if (is("x-linked-size")) head.linked_bytes = std::max<std::int64_t>(0, number(value));
  else if (is("x-linked-etag") && is_digest(unquoted(value))) head.linked_sha256 = unquoted(value);
}

// Each response of a chain of redirects begins with its status line.
void begin_response(TransferHead& head, std::string_view status_line) {
  TransferHead fresh;
  fresh.linked_sha256 = std::move(head.linked_sha256);
  fresh.linked_bytes = head.linked_bytes;
  if (const auto space = status_line.find(' '); space != std::string_view::npos)
    fresh.status = static_cast<int>(number(status_line.substr(space + 1)));
  head = std::move(fresh);
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) noexcept {
  auto& head = static_cast<State*>(user)->head;
  static_cast<State*>(user)->last_sign = SteadyClock::now();
  const std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) begin_response(head, line);
  else if (const auto colon = line.find(':'); colon != std::string_view::npos)
    take_header(head, line.substr(0, colon), text::trim(line.substr(colon + 1)));
  return size * count;
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) noexcept {
  auto& state = *static_cast<State*>(user);
  state.last_sign = SteadyClock::now();
  const std::size_t bytes = size * count;
  if (state.head.status != 200 && state.head.status != 206) return bytes;
  const auto accept = [&](Status status) {
    if (!status) state.error = std::move(status).error();
    return !state.error;
  };
  if (!state.begun && !accept(state.events.begin(state.head))) return 0;
  state.begun = true;
  return accept(state.events.body({data, bytes})) ? bytes : 0;
}

using Easy = std::unique_ptr<CURL, EasyDelete>;
using List = std::unique_ptr<curl_slist, ListDelete>;

List header_list(const std::vector<std::string>& headers) {
  List list;
  for (const auto& header : headers)
    if (curl_slist* longer = curl().slist_append(list.get(), header.c_str())) {
      (void)list.release();
      list.reset(longer);
    }
  return list;
}

void set_up(CURL* easy, const TransferRequest& request, const curl_slist* headers, State& state) {
  curl().easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl().easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl().easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl().easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
  curl().easy_setopt(easy, CURLOPT_MAXREDIRS, most_redirects);
  curl().easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl().easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  if (!request.ca_file.empty()) curl().easy_setopt(easy, CURLOPT_CAINFO, request.ca_file.c_str());
  curl().easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, connect_timeout_s);
  curl().easy_setopt(easy, CURLOPT_USERAGENT, agent.data());
  curl().easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl().easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl().easy_setopt(easy, CURLOPT_HEADERDATA, &state);
  curl().easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl().easy_setopt(easy, CURLOPT_WRITEDATA, &state);
}

Error curl_error(CURLcode code, const std::string& url) {
  if (code == CURLE_OPERATION_TIMEDOUT)
    return Error(Code::upstream_timeout, fmt::format("Nothing came any more from {}", url),
                 "Check the network, then run the same command again: it goes on where it stopped");
  if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT)
    return Error(Code::invalid_request, fmt::format("{} is not an http or https address", url),
                 "Check the address");
  const bool tls = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR;
  return Error(Code::upstream_unavailable,
               fmt::format("{} could not be reached: {}", url, curl().easy_strerror(code)),
               tls ? "Check the clock and the system's certificates (package ca-certificates)"
                   : "Check the network and the proxy variables (HTTPS_PROXY, NO_PROXY)");
}

/// The transfer's result code, or nullopt while it goes on.
std::optional<CURLcode> finished(CURLM* multi) {
  int left = 0;
  while (const CURLMsg* message = curl().multi_info_read(multi, &left))
    if (message->msg == CURLMSG_DONE) return message->data.result;
  return std::nullopt;
}

Result<CURLcode> drive(const CallContext& ctx, CURLM* multi, const State& state, Milliseconds stall) {
  for (;;) {
    SN_TRY(ctx.check());
    int running = 0;
    curl().multi_perform(multi, &running);
    if (const auto code = finished(multi)) return *code;
    if (running == 0) return CURLE_FAILED_INIT;  // nothing to do and no result: cannot be
    if (SteadyClock::now() - state.last_sign > stall) return CURLE_OPERATION_TIMEDOUT;
    curl().multi_poll(multi, nullptr, 0, poll_ms, nullptr);
  }
}

}  // namespace

Result<TransferHead> transfer(const CallContext& ctx, const TransferRequest& request,
                              const TransferEvents& events) {
  SN_TRY(curl_library());
  State state{.events = events, .head = {}, .error = {}};
  const auto headers = header_list(request.headers);
  const Easy easy(curl().easy_init());
  const std::unique_ptr<CURLM, MultiDelete> multi(curl().multi_init());
  set_up(easy.get(), request, headers.get(), state);
  curl().multi_add_handle(multi.get(), easy.get());
  auto code = drive(ctx, multi.get(), state, request.stall);
  curl().multi_remove_handle(multi.get(), easy.get());
  if (state.error) return std::move(*state.error);
  if (!code) return std::move(code).error();
  if (*code != CURLE_OK) return curl_error(*code, request.url);
  return std::move(state.head);
}

}  // namespace sensorium::net
