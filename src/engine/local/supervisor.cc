// One poll() over a wake-up counter and the output pipes of all children.
#include "engine/local/supervisor.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "engine/local/health.h"
#include "engine/local/memory.h"

namespace sensorium::local {
namespace {

constexpr Milliseconds longest_wait{60'000}, shutdown_step{10};
constexpr mode_t private_folder = 0700;

Error no_folder(const std::string& path, const std::string& why) {
  return Error(Code::misconfigured,
               fmt::format("The folder {} for sockets of local engines cannot be used: {}", path, why),
               "Set XDG_RUNTIME_DIR or TMPDIR to a short path that only you can write to");
}

Result<std::string> temporary_folder() {
  for (const char* variable : {"XDG_RUNTIME_DIR", "TMPDIR", ""}) {
    const char* base = *variable != '\0' ? std::getenv(variable) : "/tmp";
    if (base == nullptr) continue;
    auto pattern = fmt::format("{}/sensorium-XXXXXX", base);
    constexpr std::size_t room_for_name = 16;
    if (pattern.size() + room_for_name > longest_socket_path) continue;
    if (::mkdtemp(pattern.data()) != nullptr) return pattern;
  }
  return no_folder("/tmp", std::strerror(errno));
}

Result<std::string> given_folder(const std::string& path) {
  std::error_code failure;
  std::filesystem::create_directories(path, failure);
  if (::chmod(path.c_str(), private_folder) != 0) return no_folder(path, std::strerror(errno));
  return path;
}

}  // namespace

Supervisor::Supervisor(Options options) : options_(std::move(options)) {}

Supervisor::~Supervisor() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake();
  if (thread_.joinable()) thread_.join();
  std::error_code ignored;
  if (own_folder_) std::filesystem::remove_all(folder_, ignored);
}

// The mutex is held.
Status Supervisor::open() {
  if (thread_.joinable()) return {};
  folder_ = SN_TRY(options_.runtime_dir.empty() ? temporary_folder() : given_folder(options_.runtime_dir));
  own_folder_ = options_.runtime_dir.empty();
  wakeup_ = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  thread_ = std::thread([this] { loop(); });
  return {};
}

Result<std::shared_ptr<Child>> Supervisor::child(const ChildSpec& spec) {
  const std::lock_guard lock(mutex_);
  SN_TRY(open());
  auto& slot = children_[spec.name];
  if (slot) return slot;
  auto socket = fmt::format("{}/{}.sock", folder_, children_.size());
  if (socket.size() > longest_socket_path) {
    children_.erase(spec.name);
    return no_folder(folder_, "its path is too long for a socket");
  }
  ChildServices services;
  services.make_room = [this](const std::string& name, std::int64_t bytes) { return make_room(name, bytes); };
  services.wake = [this] { wake(); };
  slot = std::make_shared<Child>(spec, std::move(socket), std::move(services));
  return slot;
}

std::vector<std::shared_ptr<Child>> Supervisor::children() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Child>> result;
  for (const auto& [name, child] : children_) result.push_back(child);
  return result;
}

std::vector<ChildState> Supervisor::states() const {
  std::vector<ChildState> result;
  for (const auto& child : children()) result.push_back(child->state());
  return result;
}

void Supervisor::wake() noexcept {
  const std::uint64_t one = 1;
  if (wakeup_) [[maybe_unused]]
    const auto written = ::write(wakeup_.get(), &one, sizeof one);
}

void Supervisor::loop() {
  const auto closing = [this] {
    const std::lock_guard lock(mutex_);
    return closing_;
  };
  while (!closing()) wait_until(advance_all(SteadyClock::now()));
  stop_all();
}

TimePoint Supervisor::advance_all(TimePoint now) {
  TimePoint next = now + longest_wait;
  for (const auto& child : children()) next = std::min(next, child->advance(now));
  return next;
}

void Supervisor::wait_until(TimePoint time) {
  std::vector<pollfd> watched{{wakeup_.get(), POLLIN, 0}};
  for (const auto& child : children())
    if (child->output_fd() >= 0) watched.push_back({child->output_fd(), POLLIN, 0});
  const auto wait = std::chrono::ceil<Milliseconds>(time - SteadyClock::now());
  ::poll(watched.data(), watched.size(),
         static_cast<int>(std::clamp(wait, Milliseconds(0), longest_wait).count()));
  std::uint64_t count = 0;
  while (::read(wakeup_.get(), &count, sizeof count) > 0) {}
}

void Supervisor::stop_all() {
  const auto all = children();
  for (const auto& child : all) child->stop_for_good();
  while (std::ranges::any_of(all, [](const auto& child) { return child->running(); })) {
    for (const auto& child : all) child->advance(SteadyClock::now());
    wait_until(SteadyClock::now() + shutdown_step);
  }
}

std::int64_t Supervisor::free_for_children(std::int64_t running_bytes) const {
  const auto system = options_.free_memory ? options_.free_memory() : free_memory();
  if (options_.max_memory_bytes <= 0) return system;
  return std::min(system, options_.max_memory_bytes - running_bytes);
}

ChildServices::Room Supervisor::make_room(const std::string& name, std::int64_t bytes) {
  using Answer = ChildServices::Room::Answer;
  std::int64_t running_bytes = 0, idle_bytes = 0;
  std::shared_ptr<Child> longest_idle;
  TimePoint oldest = TimePoint::max();
  bool stopping = false;
  for (const auto& child : children()) {
    const auto state = child->state();
    if (state.name == name) continue;
    running_bytes += child->memory_in_use();
    stopping = stopping || state.state == "stopping";
    const auto since = child->idle_since();
    if (!since) continue;
    idle_bytes += child->memory_in_use();
    if (*since < oldest) {
      oldest = *since;
      longest_idle = child;
    }
  }
  const auto free = free_for_children(running_bytes);
  if (bytes <= free) return {Answer::enough, free};
  if (stopping) return {Answer::coming, free};
  if (!longest_idle || bytes > free + idle_bytes) return {Answer::none, free};
  longest_idle->stop(SteadyClock::now());
  return {Answer::coming, free};
}

}  // namespace sensorium::local
