// What is wrong with a file before anybody is asked about it: for `sensorium doctor FILE`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "service/service.h"

namespace sensorium::service {

/// What the beginning of a video or recording and its size tell without a decoder.
struct ContainerFacts {
  enum class Kind : std::uint8_t { none, video, recording } kind = Kind::none;
  std::string_view format = {};  ///< "MP4", "WAV"
  std::string damage = {};       ///< one sentence; "" when nothing is wrong as far as can be told
};

/// `at(offset, count)` gives bytes of the file, fewer at its end.
ContainerFacts look_at_container(std::int64_t size,
                                 const std::function<std::string(std::int64_t, std::size_t)>& at);

/// True for text that is base64 of something, with or without "data:...;base64," before it.
bool is_base64_text(std::string_view head) noexcept;

/// Findings about one file; the first has the path as its subject. Blocking.
void diagnose_file(const Service::Shared& shared, const std::string& path, std::vector<Finding>& out);

}  // namespace sensorium::service
