// Texts are made of a few ASCII words without digits, so that stamps and numbers can be found again.
#include "mock_upstream/answer.h"

#include <array>
#include <chrono>
#include <random>

#include "common/http_text.h"

namespace sensorium::mock {
namespace {

constexpr std::array<std::string_view, 12> words{"a",     "clear",  "view",  "of",     "the",    "scene",
                                                 "shows", "people", "light", "colour", "motion", "text"};

std::int64_t unix_nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// Piece `index` of the answer: [stamp][#number] words, at least options.size bytes, a space last.
void append_piece(std::string& out, int index, const Options& options) {
  const auto start = out.size();
  if (options.stamp) out += std::to_string(unix_nanoseconds());
  if (options.seq) out += "#" + std::to_string(index);
  if (options.stamp || options.seq) out += ' ';
  auto word = static_cast<std::size_t>(index);
  while (out.size() - start < static_cast<std::size_t>(options.size)) {
    out += words[word++ % words.size()];
    out += ' ';
  }
}

std::string usage_object(int prompt, int completion) {
  const auto number = [](int n) { return std::to_string(n); };
  return "{\"prompt_tokens\":" + number(prompt) + ",\"completion_tokens\":" + number(completion) +
         ",\"total_tokens\":" + number(prompt + completion) +
         ",\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0}}";
}

/// The answer given beforehand, if any: from here on pieces are slices of it.
std::string fixed_text(const Verdict& verdict, const Options& options) {
  return options.echo ? verdict.text : options.reply;
}

std::string_view usual_type(int status) {
  switch (status) {
    case 429:
      return "requests";
    case 500:
      return "server_error";
    case 503:
    case 529:
      return "service_unavailable_error";
    default:
      return status >= 500 ? "server_error" : "invalid_request_error";
  }
}

std::string_view usual_code(int status) {
  switch (status) {
    case 401:
      return "invalid_api_key";
    case 404:
      return "model_not_found";
    case 429:
      return "rate_limit_exceeded";
    case 503:
    case 529:
      return "server_is_overloaded";
    default:
      return "";
  }
}

void append_text_or_null(std::string& out, std::string_view text) {
  if (text.empty()) out += "null";
  else bench::append_quoted(out, text);
}

}  // namespace

int prompt_tokens(const Verdict& verdict) {
  constexpr int tile = 512;
  int tokens = 8 + static_cast<int>((verdict.text.size() + verdict.system.size()) / 4);
  for (const auto& picture : verdict.pictures) {
    tokens += 85;
    if (picture.detail == "low") continue;
    tokens += 170 * ((picture.width + tile - 1) / tile) * ((picture.height + tile - 1) / tile);
  }
  return tokens;
}

std::string whole_answer(const Verdict& verdict, const Options& options, std::uint64_t id) {
  std::string text = fixed_text(verdict, options);
  if (text.empty())
    for (int i = 0; i < options.chunks; ++i) append_piece(text, i, options);
  std::string body =
      "{\"id\":\"chatcmpl-" + std::to_string(id) +
      "\",\"object\":\"chat.completion\",\"created\":" + std::to_string(unix_nanoseconds() / 1'000'000'000) +
      ",\"model\":";
  bench::append_quoted(body, verdict.model);
  body += ",\"choices\":[";
  if (!options.no_choices) {
    body += "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":";
    bench::append_quoted(body, text);
    body += ",\"refusal\":null},\"logprobs\":null,\"finish_reason\":";
    append_text_or_null(body, options.no_finish ? "" : options.finish);
    body += "}";
  }
  body += "]";
  if (!options.no_usage) body += ",\"usage\":" + usage_object(prompt_tokens(verdict), options.chunks);
  return body + "}";
}

std::string error_body(int status, const Options& options, std::string_view message, std::string_view param) {
  const auto choose = [](std::string_view own, std::string_view usual) { return own.empty() ? usual : own; };
  std::string body = "{\"error\":{\"message\":";
  bench::append_quoted(body, choose(options.err_msg, message));
  body += ",\"type\":";
  append_text_or_null(body, choose(options.err_type, usual_type(status)));
  body += ",\"param\":";
  append_text_or_null(body, choose(options.err_param, param));
  body += ",\"code\":";
  append_text_or_null(body, choose(options.err_code, usual_code(status)));
  return body + "}}";
}

std::string html_page(int status) {
  return "<!DOCTYPE html>\n<html><head><title>" + std::to_string(status) +
         "</title></head><body><h1>This is a proxy, not the model</h1></body></html>\n";
}

std::string garbage(std::size_t size) {
  static std::minstd_rand random{20'071};
  std::string bytes = "{";
  while (bytes.size() < size) {
    const auto byte = static_cast<char>(random() >> 8 & 0xff);
    if (byte != '\n' && byte != '\r') bytes += byte;
  }
  return bytes;
}

EventWriter::EventWriter(const Verdict& verdict, const Options& options, std::uint64_t id)
    : options_(options),
      prefix_("{\"id\":\"chatcmpl-" + std::to_string(id) +
              "\",\"object\":\"chat.completion.chunk\",\"created\":" +
              std::to_string(unix_nanoseconds() / 1'000'000'000) + ",\"model\":"),
      end_(options.crlf ? "\r\n" : "\n"),
      text_(fixed_text(verdict, options)),
      prompt_tokens_(mock::prompt_tokens(verdict)) {
  bench::append_quoted(prefix_, verdict.model);
  prefix_ += ",\"choices\":[";
}

void EventWriter::open() {
  event_.clear();
  if (options_.comments) event_ += ": a comment" + end_;
  event_ += "data: ";
}

std::string_view EventWriter::close() {
  event_ += end_;
  event_ += end_;
  return event_;
}

std::string_view EventWriter::role() {
  open();
  event_ += prefix_;
  event_ += "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}";
  return close();
}

/// Slice `index` of chunks of the fixed text, moved to whole UTF-8 characters.
std::string_view EventWriter::slice(int index) const {
  const auto edge = [this](int i) {
    auto at = text_.size() * static_cast<std::size_t>(i) / static_cast<std::size_t>(options_.chunks);
    while (at < text_.size() && (static_cast<unsigned char>(text_[at]) & 0xc0) == 0x80) ++at;
    return at;
  };
  const auto from = edge(index);
  return std::string_view(text_).substr(from, edge(index + 1) - from);
}

std::string_view EventWriter::content(int index) {
  open();
  const bool late = index >= options_.chunks / 2;
  if (options_.garble && late) {
    constexpr std::size_t size = 40;
    event_ += garbage(size);
    return close();
  }
  event_ += prefix_;
  event_ += "{\"index\":0,\"delta\":{\"content\":";
  if (text_.empty()) {
    event_ += '"';
    append_piece(event_, index, options_);
    event_ += '"';
  } else {
    bench::append_quoted(event_, slice(index));
  }
  if (options_.bad_chunk && index == options_.chunks / 2) event_ += "{{not json";
  event_ += "},\"finish_reason\":null}]}";
  return close();
}

std::string_view EventWriter::finish() {
  open();
  event_ += prefix_;
  event_ += "{\"index\":0,\"delta\":{},\"finish_reason\":\"" + options_.finish + "\"}]}";
  return close();
}

std::string_view EventWriter::usage() {
  open();
  event_ += prefix_ + "],\"usage\":" + usage_object(prompt_tokens_, options_.chunks) + "}";
  return close();
}

std::string_view EventWriter::error() {
  constexpr int status = 500;
  open();
  event_ += error_body(status, options_, "The server had an error while processing the request", "");
  return close();
}

std::string_view EventWriter::done() {
  open();
  event_ += "[DONE]";
  return close();
}

}  // namespace sensorium::mock
