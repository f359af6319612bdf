// Documents and animations as pictures: pages of PDF, SVG drawings, frames of GIF and WebP, pages of TIFF.
// Surprising: they are drawn by a child process (sensorium-render), one for each, with limits of memory and
// time and without files and network, because PDF and SVG are programs and their interpreters have a past.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "media/page_choice.h"

namespace sensorium::media {

enum class DocumentKind : std::uint8_t { none, pdf, svg };

/// By content. These can only be read through render_pages().
DocumentKind document_kind(std::string_view bytes) noexcept;

struct RenderRequest {
  PageChoice pages;      ///< empty: all up to `most_pages`
  int long_side = 2048;  ///< pixels of a page or drawing
  int most_pages = 64;
  Milliseconds time{30'000};  ///< of the whole document
  std::string program;        ///< "": sensorium-render beside our own program
};

struct RenderedPage {
  int index = 0;  ///< from 0
  std::shared_ptr<const std::string> png;
};

struct Rendered {
  int total = 0;  ///< pages or frames there are
  std::vector<RenderedPage> pages;
};

/// Blocking (50 ms and more): run it on the CpuPool. Ends within 100 ms of a stop.
/// Errors: corrupt_media, unsupported_media (encrypted), too_large (time, memory, pixels), invalid_request
/// (no such page), not_built_in (no sensorium-render).
Result<Rendered> render_pages(const CallContext& ctx, std::string_view bytes, const RenderRequest& request);

}  // namespace sensorium::media
