// A version, then numbers of eight bytes and texts with their length, little end first.
#include "flow/completion_bytes.h"

namespace sensorium::flow {
namespace {

constexpr std::string_view version = "SnC2";
constexpr int number_bytes = 8;

void append(std::string& out, std::int64_t number) {
  for (int i = 0; i < number_bytes; ++i)
    out += static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * i) & 0xff);
}

void append(std::string& out, std::string_view text) {
  append(out, static_cast<std::int64_t>(text.size()));
  out += text;
}

/// Reads what append() wrote; `good` becomes false at the first thing that is not there.
struct Source {
  std::string_view rest;
  bool good = true;

  std::int64_t number() {
    if (rest.size() < number_bytes) return good = false, 0;
    std::uint64_t value = 0;
    for (int i = 0; i < number_bytes; ++i)
      value |= std::uint64_t{static_cast<unsigned char>(rest[static_cast<std::size_t>(i)])} << (8 * i);
    rest.remove_prefix(number_bytes);
    return static_cast<std::int64_t>(value);
  }
  std::string text() {
    const auto size = static_cast<std::uint64_t>(number());
    if (size > rest.size()) return good = false, std::string();
    std::string out(rest.substr(0, size));
    rest.remove_prefix(size);
    return out;
  }
};

}  // namespace

std::string to_bytes(const Completion& completion) {
  std::string out;
  out.reserve(version.size() + completion.text.size() + completion.model.size() + 8 * number_bytes);
  out += version;
  append(out, std::string_view(completion.text));
  append(out, std::string_view(completion.model));
  append(out, static_cast<std::int64_t>(completion.finish_reason));
  const Usage& usage = completion.usage;
  for (const std::int64_t n : {usage.input_tokens, usage.image_tokens, usage.output_tokens,
                               usage.cached_tokens, std::int64_t{usage.from_provider}})
    append(out, n);
  append(out, static_cast<std::int64_t>(completion.lines.size()));
  for (const auto& line : completion.lines) {
    append(out, std::string_view(line.text));
    for (const std::int64_t n :
         {static_cast<std::int64_t>(line.picture), std::int64_t{line.region.x}, std::int64_t{line.region.y},
          std::int64_t{line.region.width}, std::int64_t{line.region.height}})
      append(out, n);
  }
  return out;
}

std::optional<Completion> from_bytes(std::string_view bytes) {
  if (!bytes.starts_with(version)) return std::nullopt;
  Source source{bytes.substr(version.size())};
  Completion completion;
  completion.text = source.text();
  completion.model = source.text();
  const std::int64_t reason = source.number();
  Usage& usage = completion.usage;
  for (std::int64_t* n :
       {&usage.input_tokens, &usage.image_tokens, &usage.output_tokens, &usage.cached_tokens})
    *n = source.number();
  usage.from_provider = source.number() == 1;
  for (std::int64_t lines = source.number(); lines > 0 && source.good; --lines) {
    RecognisedLine line;
    line.text = source.text();
    line.picture = static_cast<std::size_t>(source.number());
    for (int* n : {&line.region.x, &line.region.y, &line.region.width, &line.region.height})
      *n = static_cast<int>(source.number());
    completion.lines.push_back(std::move(line));
  }
  if (!source.good || !source.rest.empty() || reason < 0 ||
      reason > static_cast<std::int64_t>(FinishReason::tool_calls))
    return std::nullopt;
  completion.finish_reason = static_cast<FinishReason>(reason);
  return completion;
}

}  // namespace sensorium::flow
