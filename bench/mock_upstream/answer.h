// The bodies the mock sends: whole answers, stream events and errors, as OpenAI documents them.
#pragma once

#include <string>

#include "mock_upstream/verdict.h"

namespace sensorium::mock {

/// Tokens of the prompt by the usual rule of thumb: 85 + 170 per 512-pixel tile, four bytes a token.
int prompt_tokens(const Verdict& verdict);

/// The JSON body of an answer that is not streamed.
std::string whole_answer(const Verdict& verdict, const Options& options, std::uint64_t id);

/// `{"error":{...}}` for `status`; the options' own fields go before the usual ones.
std::string error_body(int status, const Options& options, std::string_view message, std::string_view param);

/// A page as a proxy in front of a provider would send it.
std::string html_page(int status);

/// `size` bytes that are no JSON and hold no line end.
std::string garbage(std::size_t size);

/// Events of one streamed answer. Each call replaces the text of the last; views are good until then.
class EventWriter {
 public:
  EventWriter(const Verdict& verdict, const Options& options, std::uint64_t id);
  std::string_view role();
  std::string_view content(int index);
  std::string_view finish();
  std::string_view usage();
  std::string_view error();
  std::string_view done();

 private:
  void open();
  std::string_view close();
  std::string_view slice(int index) const;
  const Options& options_;
  std::string prefix_, end_, text_, event_;
  int prompt_tokens_;
};

}  // namespace sensorium::mock
