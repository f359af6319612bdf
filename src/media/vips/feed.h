// Feed: bytes for a decoder that swallows a whole file before its first row (progressive JPEG,
// interlaced PNG); it runs dry when the call is over, which is the only way to stop such a decoder.
#pragma once

#include <algorithm>
#include <cstring>

#include "base/call_context.h"
#include "media/vips/api.h"

namespace sensorium::media::vips {

/// Must outlive the image that is loaded from its source(); so must the bytes and `ctx`.
class Feed {
 public:
  Feed(const Api& api, const CallContext& ctx, std::string_view bytes)
      : ctx_(ctx), bytes_(bytes), source_(api.vips_source_custom_new()) {
    connect(api, "read", reinterpret_cast<GCallback>(read));
    connect(api, "seek", reinterpret_cast<GCallback>(seek));
  }
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  VipsSource* source() const { return reinterpret_cast<VipsSource*>(source_.get()); }

 private:
  void connect(const Api& api, const char* signal, GCallback callback) {
    api.g_signal_connect_data(source_.get(), signal, callback, this, nullptr, GConnectFlags{});
  }
  static gint64 read(VipsSourceCustom*, void* out, gint64 length, void* self) noexcept {
    auto& me = *static_cast<Feed*>(self);
    if (!me.ctx_.check()) return -1;
    const auto count = std::min(static_cast<std::size_t>(length), me.bytes_.size() - me.at_);
    std::memcpy(out, me.bytes_.data() + me.at_, count);
    me.at_ += count;
    return static_cast<gint64>(count);
  }
  static gint64 seek(VipsSourceCustom*, gint64 offset, int whence, void* self) noexcept {
    auto& me = *static_cast<Feed*>(self);
    const auto size = static_cast<gint64>(me.bytes_.size());
    const gint64 base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? static_cast<gint64>(me.at_) : size;
    if (offset < -base || offset > size - base) return -1;
    me.at_ = static_cast<std::size_t>(base + offset);
    return base + offset;
  }

  const CallContext& ctx_;
  std::string_view bytes_;
  std::size_t at_ = 0;
  std::unique_ptr<VipsSourceCustom, Unref> source_;
};

}  // namespace sensorium::media::vips
