// PageChoice: which pages of a document or frames of an animation are meant: "1-3,7", "5-", or "4" evenly
// spread frames.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sensorium::media {

struct PageChoice {
  struct Range {
    int first = 1, last = 0;  ///< from 1; last 0: to the end
  };
  std::vector<Range> ranges;
  int spread = 0;   ///< so many, evenly spread, the first and the last among them
  int at_most = 0;  ///< the first so many; for callers who did not choose

  bool empty() const noexcept { return ranges.empty() && spread == 0 && at_most == 0; }
  /// As parse_pages() and the renderer read it.
  std::string text() const;
};

enum class LoneNumber : std::uint8_t { page, count };

/// "1-3,7", "5-"; a number alone is a page or a count ("4" frames). Errors: invalid_request.
Result<PageChoice> parse_pages(std::string_view text, LoneNumber lone);
/// What PageChoice::text() gives.
Result<PageChoice> parse_choice(std::string_view text);

/// Indices from 0, ascending, each once. Errors: invalid_request (beyond the end), too_large (more than
/// `most`).
Result<std::vector<int>> chosen(const PageChoice& choice, int total, int most);

}  // namespace sensorium::media
