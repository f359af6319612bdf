// Base64 around the kernels: tails, padding, line breaks, errors with offsets, data URLs.
#include "base/base64.h"

#include <fmt/format.h>

#include "base/base64_kernels.h"
#include "base/text.h"

namespace sensorium {
namespace base64 {
namespace {

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

void encode_tail(std::string_view rest, char* out) noexcept {
  if (rest.empty()) return;
  const unsigned first = bytes_of(rest)[0], second = rest.size() > 1 ? bytes_of(rest)[1] : 0;
  out[0] = digit(first >> 2);
  out[1] = digit(first << 4 | second >> 4);
  out[2] = rest.size() > 1 ? digit(second << 2) : '=';
  out[3] = '=';
}

Error bad_character(char c, std::size_t offset) {
  const auto byte = static_cast<unsigned char>(c);
  const std::string shown =
      byte > 0x20 && byte < 0x7f ? fmt::format("'{}'", c) : fmt::format("byte 0x{:02x}", byte);
  return Error(Code::invalid_request,
               fmt::format("The base64 text has a bad character ({}) at offset {}", shown, offset),
               c == '-' || c == '_' ? "Use the standard alphabet with + and / instead of - and _"
                                    : "Send plain base64 (RFC 4648) without spaces or quotes");
}

Error cut_short() {
  return Error(Code::invalid_request, "The base64 text ends in the middle of a byte",
               "Check that it was copied whole");
}

// Characters one by one: what is left between the kernels' blocks, and everything unusual.
class Decoder {
 public:
  Decoder(std::span<const Kernel> kernels, std::string_view text, char* out) noexcept
      : kernels_(kernels), text_(text), start_(out), out_(out) {}

  // The offset of the first bad character, or npos.
  std::size_t run() noexcept {
    while (at_ < text_.size()) {
      if (filled_ == 0) blocks();
      if (at_ < text_.size() && !step(text_[at_])) return at_;
    }
    return std::string_view::npos;
  }

  // Writes the last one or two bytes. False when the text was cut or its padding does not fit.
  bool finish() noexcept {
    if (filled_ == 1 || (padding_ > 0 && filled_ + padding_ != 4)) return false;
    const std::uint32_t word = bits_ << (6 * (4 - filled_));
    if (filled_ >= 2) *out_++ = static_cast<char>(word >> 16);
    if (filled_ == 3) *out_++ = static_cast<char>(word >> 8);
    return true;
  }
  std::size_t size() const noexcept { return static_cast<std::size_t>(out_ - start_); }

 private:
  void blocks() noexcept {
    for (const Kernel& kernel : kernels_) {
      if (padding_ > 0) return;
      const std::size_t used = kernel.decode(bytes_of(text_) + at_, text_.size() - at_, out_);
      at_ += used;
      out_ += used / 4 * 3;
    }
  }

  bool step(char c) noexcept {
    if (c == '\n' || c == '\r') return ++at_, true;
    if (c == '=') {
      if (filled_ < 2 || filled_ + padding_ >= 4) return false;
      return ++padding_, ++at_, true;
    }
    const unsigned char value = sextet(c);
    if (value > 63 || padding_ > 0) return false;
    bits_ = bits_ << 6 | value;
    ++at_;
    if (++filled_ < 4) return true;
    *out_++ = static_cast<char>(bits_ >> 16);
    *out_++ = static_cast<char>(bits_ >> 8);
    *out_++ = static_cast<char>(bits_);
    bits_ = 0;
    filled_ = 0;
    return true;
  }

  std::span<const Kernel> kernels_;
  std::string_view text_;
  char* start_;
  char* out_;
  std::size_t at_ = 0;
  std::uint32_t bits_ = 0;
  unsigned filled_ = 0;
  unsigned padding_ = 0;
};

}  // namespace

void append_with(std::span<const Kernel> kernels, std::string& out, std::string_view bytes) {
  const std::size_t before = out.size(), total = before + base64_size(bytes.size());
  out.resize_and_overwrite(total, [&](char* to, std::size_t) {
    to += before;
    std::size_t done = 0;
    for (const Kernel& kernel : kernels) {
      const std::size_t used = kernel.encode(bytes_of(bytes) + done, bytes.size() - done, to);
      done += used;
      to += used / 3 * 4;
    }
    encode_tail(bytes.substr(done), to);
    return total;
  });
}

Result<std::string> decode_with(std::span<const Kernel> kernels, std::string_view text,
                                std::size_t first_offset) {
  std::size_t bad = std::string_view::npos;
  bool whole = true;
  std::string out;
  out.resize_and_overwrite(text.size() / 4 * 3 + 3 + decode_slack, [&](char* to, std::size_t) {
    Decoder decoder(kernels, text, to);
    bad = decoder.run();
    whole = decoder.finish();
    return decoder.size();
  });
  if (bad != std::string_view::npos) return bad_character(text[bad], first_offset + bad);
  if (!whole) return cut_short();
  return out;
}

}  // namespace base64

void base64_append(std::string& out, std::string_view bytes) {
  base64::append_with(base64::kernels(), out, bytes);
}

std::string base64_encode(std::string_view bytes) {
  std::string out;
  base64_append(out, bytes);
  return out;
}

Result<std::string> base64_decode(std::string_view text) {
  return base64::decode_with(base64::kernels(), text);
}

namespace {

constexpr std::string_view scheme = "data:";
constexpr std::string_view base64_mark = ";base64";

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// A stray '%' stays as it is, as browsers do.
std::string percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
    out += escape ? static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return out;
}

}  // namespace

bool is_data_url(std::string_view text) noexcept {
  return text.size() >= scheme.size() && text::equal_ignoring_case(text.substr(0, scheme.size()), scheme);
}

Result<DataUrl> decode_data_url(std::string_view url) {
  if (!is_data_url(url))
    return Error(Code::invalid_request, "This is not a data URL",
                 "A data URL begins with data:image/png;base64,");
  const std::size_t comma = url.find(',');
  if (comma == std::string_view::npos)
    return Error(Code::invalid_request, "The data URL has no comma before its data",
                 "Write it as data:image/png;base64,DATA");
  std::string_view head = text::trim(url.substr(scheme.size(), comma - scheme.size()));
  const std::string_view body = url.substr(comma + 1);
  const bool base64 = head.size() >= base64_mark.size() &&
                      text::equal_ignoring_case(head.substr(head.size() - base64_mark.size()), base64_mark);
  if (base64) head.remove_suffix(base64_mark.size());
  DataUrl out;
  out.mime = text::lower(text::trim(head.substr(0, head.find(';'))));
  if (out.mime.empty()) out.mime = "text/plain";  // RFC 2397
  if (!base64) {
    out.data = percent_decoded(body);
  } else if (body.contains('%')) {
    out.data = SN_TRY(base64_decode(percent_decoded(body)));
  } else {
    out.data = SN_TRY(base64::decode_with(base64::kernels(), body, comma + 1));
  }
  return out;
}

}  // namespace sensorium
