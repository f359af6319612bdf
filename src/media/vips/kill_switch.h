// KillSwitch: stops the evaluation of a libvips image when its call is over.
#pragma once

#include "base/call_context.h"
#include "media/vips/api.h"

namespace sensorium::media::vips {

/// Watches `ctx` while `image` and what is made from it are computed; must outlive that.
class KillSwitch {
 public:
  KillSwitch(const Api& api, const CallContext& ctx, VipsImage* image) : api_(api), ctx_(ctx) {
    api.vips_image_set_progress(image, TRUE);
    api.g_signal_connect_data(image, "eval", reinterpret_cast<GCallback>(on_progress), this, nullptr,
                              GConnectFlags{});
  }
  KillSwitch(const KillSwitch&) = delete;
  KillSwitch& operator=(const KillSwitch&) = delete;

 private:
  static void on_progress(VipsImage* image, void*, void* self) noexcept {
    const auto& me = *static_cast<const KillSwitch*>(self);
    if (!me.ctx_.check()) me.api_.vips_image_set_kill(image, TRUE);
  }
  const Api& api_;
  const CallContext& ctx_;
};

}  // namespace sensorium::media::vips
