// Understanding a question put to the reader: what kind of thing is wanted, and which words must
// match. Surprising: this is keyword matching in English and Chinese, on purpose: it cannot invent.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sensorium::reader {

/// Kinds of thing a question may want; several may be set.
struct Wants {
  bool everything = false;   ///< read, transcribe, what does it say
  bool description = false;  ///< describe, what is this
  bool title = false;
  bool money = false;
  bool date = false;
  bool contact = false;  ///< telephone, e-mail, web address
  bool code = false;     ///< bar and QR codes
  bool count = false;    ///< how many lines, codes, words
  bool size = false, colour = false, sharpness = false, taken = false, place_taken = false;
  bool facts() const noexcept { return size || colour || sharpness || taken || place_taken; }
};

enum class Tongue : unsigned char { english, chinese };

struct ReaderQuestion {
  Tongue tongue = Tongue::english;
  Wants wants;
  std::vector<std::string> terms;  ///< stems of Latin words, pairs of Han characters
};

ReaderQuestion understand(std::string_view prompt);

/// Stems of the Latin words and pairs of the Han characters of any text.
std::vector<std::string> terms_of(std::string_view text);

/// How well `line` answers: 0 is not at all. Counts matching terms and things of the wanted kind.
double relevance(const ReaderQuestion& question, std::string_view line);

bool has_money(std::string_view line) noexcept;
bool has_date(std::string_view line) noexcept;
bool has_contact(std::string_view line) noexcept;

}  // namespace sensorium::reader
