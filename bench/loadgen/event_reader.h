// Follows one event stream: OpenAI's chunks or our {"content"} events. It keeps sending times and chunk
// numbers that mock_upstream put into the text (options stamp and seq), so that delay, loss and
// doubling of text show.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sensorium::bench {

struct StreamFacts {
  std::int64_t chunks = 0;         ///< data events with text
  std::int64_t first_text_ns = 0;  ///< Unix time of the first of them
  std::vector<std::int64_t> lags;  ///< arrival minus sending time of each stamp, ns
  std::int64_t next_number = 0;    ///< how many numbers came in order
  bool in_order = true;            ///< numbers were 0, 1, 2, ... each once
  bool done = false;               ///< [DONE] was seen
  bool failed = false;             ///< an error event or object was seen
  bool result_differs = false;     ///< the result event does not repeat the streamed text
};

class EventReader {
 public:
  /// A piece of the body that arrived at `now_ns`, Unix time.
  void feed(std::string_view piece, std::int64_t now_ns);
  const StreamFacts& facts() const noexcept { return facts_; }
  void reset();

 private:
  void line(std::string_view text, std::int64_t now_ns);
  void data(std::string_view text, std::int64_t now_ns);
  void scan(std::string_view text, std::int64_t now_ns);
  void end_of_number(std::int64_t now_ns);

  StreamFacts facts_;
  std::string rest_, decoded_;
  bool is_result_ = false;
  std::uint64_t text_hash_ = 0;
  int digits_ = 0;           ///< length of the run of digits at the end of the text so far
  std::int64_t number_ = 0;  ///< its value
  bool numbered_ = false;    ///< the run follows a '#'
};

/// The decoded value of the first `"name":"..."` in `json`; false when there is none.
bool find_string(std::string_view json, std::string_view name, std::string& out);

}  // namespace sensorium::bench
