// sensorium doctor: what can be asked here, what is missing, and what is wrong with a file.
#include <sys/statvfs.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "engine/local/memory.h"
#include "media/format.h"
#include "service/diagnose.h"
#include "service/service_shared.h"

namespace sensorium::service {
namespace {

using Level = Finding::Level;

Finding of_error(Level level, std::string subject, const Error& error) {
  return {level, std::move(subject), error.message, error.hint};
}

// A GIF of one pixel: GIF is decoded by libvips, so this tells whether libvips is there and works.
constexpr unsigned char tiny_gif[] = {'G', 'I',  'F',  '8',  '9', 'a',  1, 0, 1, 0,    0x80, 0, 0,   0, 0,
                                      0,   0xff, 0xff, 0xff, '!', 0xf9, 4, 0, 0, 0,    0,    0, ',', 0, 0,
                                      0,   0,    1,    0,    1,   0,    0, 2, 2, 0x44, 1,    0, ';'};

void check_decoder(const Service::Shared& shared, std::vector<Finding>& out) {
  const auto bytes = std::make_shared<const std::string>(std::begin(tiny_gif), std::end(tiny_gif));
  const auto picture = media::open_picture(bytes, shared.limits);
  const auto pixels =
      picture ? media::decode_pixels(CallContext(), *picture, 1) : Result<media::Pixels>(picture.error());
  if (pixels) out.push_back({Level::good, "libvips", "decodes pictures", ""});
  else out.push_back(of_error(Level::problem, "libvips", pixels.error()));
}

void check_local(const Service::Shared& shared, std::vector<Finding>& out) {
  if (auto reader = shared.runtime.reader_program())
    out.push_back({Level::good, "reader", "reads text, codes and measured facts of pictures, offline", ""});
  else out.push_back(of_error(Level::problem, "reader", reader.error()));
  if (auto llama = shared.runtime.llama_program())
    out.push_back({Level::good, "llama-server", "local models can run: " + *llama, ""});
  else out.push_back(of_error(Level::note, "llama-server", llama.error()));
  out.push_back({Level::good, "memory",
                 text::human_bytes(static_cast<std::uint64_t>(local::free_memory())) + " free", ""});
}

void check_providers(const Service::Shared& shared, std::vector<Finding>& out) {
  bool any = false;
  for (const auto& provider : shared.providers.all()) {
    if (!provider.wants_key && !provider.configured) continue;
    if (!provider.usable()) continue;
    any = true;
    out.push_back({Level::good, provider.settings.name,
                   provider.wants_key ? "has a key" : "configured at " + provider.settings.base_url, ""});
  }
  if (!any)
    out.push_back({Level::note, "providers", "no key of a model provider is set",
                   "Set one, for example OPENAI_API_KEY, GEMINI_API_KEY or DASHSCOPE_API_KEY, to have "
                   "pictures described"});
}

void check_state_dir(const Config& config, std::vector<Finding>& out) {
  std::error_code error;
  std::filesystem::create_directories(config.server.state_dir, error);
  struct statvfs disk{};
  if (error || ::statvfs(config.server.state_dir.c_str(), &disk) != 0)
    out.push_back({Level::problem, "state", "the folder " + config.server.state_dir + " cannot be used",
                   "Set [server] state_dir to a folder you may write to"});
  else
    out.push_back(
        {Level::good, "state",
         config.server.state_dir + ", " + text::human_bytes(disk.f_bavail * disk.f_frsize) + " free on disk",
         ""});
}

}  // namespace

std::vector<Finding> Service::doctor(const std::vector<std::string>& files) const {
  std::vector<Finding> findings;
  check_decoder(*shared_, findings);
  check_local(*shared_, findings);
  check_providers(*shared_, findings);
  check_state_dir(shared_->config, findings);
  for (const auto& file : files) diagnose_file(*shared_, file, findings);
  return findings;
}

}  // namespace sensorium::service
