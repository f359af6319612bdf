// The state machine of one child. A process that ended by itself is a failure, whatever its exit status.
#include "engine/local/child.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/ids.h"
#include "base/log.h"
#include "base/text.h"
#include "engine/local/health.h"
#include "engine/local/memory.h"

namespace sensorium::local {
namespace {

using namespace std::chrono_literals;

constexpr Milliseconds first_backoff{200}, longest_backoff{30'000}, stable_after{30'000};
constexpr Milliseconds patience{1'000};   // of a caller with a child that backs off
constexpr Milliseconds grace{3'000};      // between SIGTERM and SIGKILL
constexpr Milliseconds last_grace{30};    // the same when we end ourselves: children keep no state to save
constexpr Milliseconds probe_limit{200};  // of one health request
constexpr Milliseconds first_probes{10}, later_probes{50}, first_period{2'000};
constexpr Milliseconds look_again{1'000};  // at a ready child whose pipe says nothing
constexpr std::size_t key_bytes = 16;

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

std::string_view state_name(unsigned char state) {
  constexpr std::array<std::string_view, 5> names{"stopped", "starting", "ready", "stopping", "failed"};
  return names[state];
}

std::string words(const OutputTail& tail) {
  if (auto lines = tail.complaints(); !lines.empty()) return "it said: " + lines;
  auto lines = tail.last_lines(1);
  return lines.empty() ? "it said nothing" : "its last words: " + lines;
}

std::vector<std::string> child_environment(const ChildSpec& spec, const std::string& socket,
                                           const std::string& key) {
  auto result = inherited_environment();
  const auto set = [&](std::string_view name, std::string_view value) {
    std::erase_if(result,
                  [&](const std::string& entry) { return entry.starts_with(fmt::format("{}=", name)); });
    result.push_back(fmt::format("{}={}", name, value));
  };
  // OpenMP threads that spin at barriers are 2 to 10 times slower as soon as anything else runs.
  set("OMP_WAIT_POLICY", "passive");
  set("SENSORIUM_CHILD_KEY", key);
  for (const auto& [name, value] : spec.environment)
    set(name, replaced(replaced(value, "{socket}", socket), "{key}", key));
  return result;
}

Error shutting_down() {
  return {Code::cancelled, "The local engines are being stopped", "Send the request again later"};
}

Error no_memory(const ChildSpec& spec, std::int64_t free) {
  const auto size = [](std::int64_t bytes) { return text::human_bytes(static_cast<std::uint64_t>(bytes)); };
  return Error(Code::upstream_unavailable,
               fmt::format("The local engine {} needs {} of memory, {} are free", spec.name,
                           size(spec.memory_bytes), size(std::max<std::int64_t>(0, free))),
               spec.memory_hint.empty() ? "Close other programs, or use a smaller model" : spec.memory_hint);
}

}  // namespace

Child::Child(ChildSpec spec, std::string socket_path, ChildServices services)
    : socket_path_(std::move(socket_path)), services_(std::move(services)), spec_(std::move(spec)) {}

Result<unsigned> Child::want(const ChildSpec& spec) {
  const std::lock_guard lock(mutex_);
  if (closing_) return shutting_down();
  spec_ = spec;
  const auto wait = std::chrono::ceil<Milliseconds>(next_start_ - SteadyClock::now());
  if (state_ == State::failed && wait > patience)
    return Error(Code::upstream_overloaded,
                 fmt::format("The local engine {} failed and is not started again for {} s", spec_.name,
                             std::chrono::ceil<std::chrono::seconds>(wait).count()),
                 error_ ? sentence(*error_) : "")
        .after(wait);
  // A process that has ended without the supervisor knowing yet is not this caller's failure.
  const bool unnoticed = state_ == State::ready && has_ended(process_.pid);
  return failures_ + (unnoticed ? 1 : 0);
}

std::optional<Result<Lease>> Child::poll(unsigned failures) {
  const std::lock_guard lock(mutex_);
  if (closing_) return Result<Lease>(shutting_down());
  if (state_ == State::ready && !has_ended(process_.pid)) return lease();
  if (failures_ > failures)
    return Result<Lease>(error_.value_or(Error(Code::internal, "A child failed silently")));
  if (state_ == State::ready) services_.wake();
  if (!wanted_ && state_ != State::starting) {
    wanted_ = true;
    services_.wake();
  }
  return std::nullopt;
}

Lease Child::lease() {
  ++leases_;
  net::Url url;
  url.scheme = "unix";
  url.host = socket_path_;
  return {std::move(url), key_,
          std::shared_ptr<void>(nullptr, [self = shared_from_this()](void*) { self->release(); })};
}

void Child::release() noexcept {
  const std::lock_guard lock(mutex_);
  --leases_;
  last_used_ = SteadyClock::now();
}

ChildState Child::state() const {
  ChildState result;
  const std::lock_guard lock(mutex_);
  result.name = spec_.name;
  result.state = state_name(static_cast<unsigned char>(state_));
  result.pid = std::max(0, process_.pid);
  result.restarts = restarts_;
  if (process_.pid > 0) result.resident_bytes = resident_bytes(process_.pid);
  if (error_) result.last_error = sentence(*error_);
  return result;
}

std::optional<TimePoint> Child::idle_since() const {
  const std::lock_guard lock(mutex_);
  if (state_ != State::ready || leases_ > 0) return std::nullopt;
  return last_used_;
}

std::int64_t Child::memory_in_use() const {
  const std::lock_guard lock(mutex_);
  return process_.pid > 0 ? spec_.memory_bytes : 0;
}

TimePoint Child::advance(TimePoint now) {
  if (running()) collect(now);
  if (const auto spec = due_start(now); spec && has_room(*spec, now)) start(*spec, now);
  if (running()) watch(now);
  stop_if_idle(now);
  return next_due(now);
}

std::optional<ChildSpec> Child::due_start(TimePoint now) {
  const std::lock_guard lock(mutex_);
  const bool may = state_ == State::stopped || (state_ == State::failed && now >= next_start_);
  if (!may || !wanted_ || closing_) return std::nullopt;
  return spec_;
}

bool Child::has_room(const ChildSpec& spec, TimePoint now) {
  using Answer = ChildServices::Room::Answer;
  const auto room = services_.make_room(spec.name, spec.memory_bytes);
  if (room.answer == Answer::enough) return true;
  if (room.answer == Answer::none) fail(no_memory(spec, room.free_bytes), now, 0ms);
  return false;  // when room is coming, others are stopping: asked again soon
}

void Child::start(const ChildSpec& spec, TimePoint now) {
  const auto key = random_hex(key_bytes);
  std::vector<std::string> argv;
  for (const auto& argument : spec.argv)
    argv.push_back(replaced(replaced(argument, "{socket}", socket_path_), "{key}", key));
  ::unlink(socket_path_.c_str());
  tail_.clear();
  stop_reason_.reset();
  auto process = spawn(argv, child_environment(spec, socket_path_, key));
  if (!process) return fail(std::move(process).error(), now, 0ms);
  log::info("engine.local", fmt::format("started {} as process {}", spec.name, process->pid));
  running_spec_ = spec;
  started_at_ = now;
  ready_deadline_ = now + spec.ready_within;
  const std::lock_guard lock(mutex_);
  if (crashes_in_row_ > 0) ++restarts_;
  process_ = std::move(*process);
  key_ = key;
  wanted_ = false;
  state_ = State::starting;
}

void Child::read_output() {
  std::array<char, 8192> buffer;
  while (process_.output) {
    const auto count = ::read(process_.output.get(), buffer.data(), buffer.size());
    if (count > 0) tail_.append({buffer.data(), static_cast<std::size_t>(count)});
    else if (count < 0 && errno == EINTR) continue;
    else if (count < 0 && errno == EAGAIN) return;
    else process_.output.reset();
  }
}

void Child::collect(TimePoint now) {
  read_output();
  if (!has_ended(process_.pid)) return;
  signal_group(process_.pid, SIGKILL);  // what it started itself; its id is still taken, so this is safe
  read_output();
  const std::lock_guard lock(mutex_);
  const auto ending = reap(process_.pid).value_or(Ending{});
  process_ = {};
  ::unlink(socket_path_.c_str());
  ended(ending, now);
}

// The mutex is held.
void Child::ended(const Ending& ending, TimePoint now) {
  const State during = state_;
  if (during == State::stopping && !stop_reason_) {
    state_ = State::stopped;
    crashes_in_row_ = 0;
    return;
  }
  state_ = State::failed;
  error_ = stop_reason_ ? *stop_reason_ : ended_error(ending, during);
  ++failures_;
  wanted_ = false;
  next_start_ = now + next_backoff(now);
  log::warning("engine.local", sentence(*error_));
}

Milliseconds Child::next_backoff(TimePoint now) {
  const bool was_stable = ready_at_ > started_at_ && now - ready_at_ >= stable_after;
  crashes_in_row_ = was_stable ? 1 : crashes_in_row_ + 1;
  constexpr unsigned most_doublings = 10;
  return std::min(longest_backoff, first_backoff * (1 << std::min(crashes_in_row_ - 1, most_doublings)));
}

Error Child::ended_error(const Ending& ending, State during) const {
  const auto when = during == State::starting ? "at its start" : "while it ran";
  if (says_out_of_memory(tail_.text()) || ending.signal == SIGKILL)
    return Error(Code::upstream_unavailable,
                 fmt::format("The local engine {} most likely ran out of memory {}: it {}; {}",
                             running_spec_.name, when, describe(ending), words(tail_)),
                 running_spec_.memory_hint.empty() ? "Close other programs, or use a smaller model"
                                                   : running_spec_.memory_hint);
  return Error(
      Code::upstream_unavailable,
      fmt::format("The local engine {} {} {}; {}", running_spec_.name, describe(ending), when, words(tail_)),
      running_spec_.failure_hint.empty() ? "See what is missing with: sensorium doctor"
                                         : running_spec_.failure_hint);
}

void Child::watch(TimePoint now) {
  if (state_ == State::stopping && now >= kill_at_) kill_now();
  if (state_ != State::starting) return;
  if (probe_health(socket_path_, key_, probe_limit) == Health::ready) return enter_ready(now);
  if (now >= ready_deadline_) give_up(now);
}

void Child::give_up(TimePoint now) {
  stop_reason_ =
      Error(Code::upstream_unavailable,
            fmt::format("The local engine {} was not ready within {} s; {}", running_spec_.name,
                        std::chrono::duration<double>(running_spec_.ready_within).count(), words(tail_)),
            running_spec_.failure_hint.empty() ? "Try again when the machine is less busy"
                                               : running_spec_.failure_hint);
  stop(now);
}

void Child::enter_ready(TimePoint now) {
  log::info("engine.local", fmt::format("{} is ready after {} ms", running_spec_.name,
                                        std::chrono::duration_cast<Milliseconds>(now - started_at_).count()));
  const std::lock_guard lock(mutex_);
  state_ = State::ready;
  error_.reset();
  ready_at_ = last_used_ = now;
}

void Child::fail(Error error, TimePoint now, Milliseconds backoff) {
  log::warning("engine.local", sentence(error));
  const std::lock_guard lock(mutex_);
  state_ = State::failed;
  error_ = std::move(error);
  ++failures_;
  wanted_ = false;
  next_start_ = now + backoff;
}

void Child::stop_if_idle(TimePoint now) {
  if (running_spec_.idle_stop == 0ms) return;
  const auto since = idle_since();
  if (!since || now - *since < running_spec_.idle_stop) return;
  log::info("engine.local", fmt::format("{} was idle and is stopped", running_spec_.name));
  stop(now);
}

void Child::stop(TimePoint now) {
  const std::lock_guard lock(mutex_);
  // Between a look at the leases and here somebody may have taken one: then it goes on.
  if (state_ == State::ready && leases_ > 0) return;
  enter_stopping(now);
}

void Child::stop_for_good() {
  const std::lock_guard lock(mutex_);
  closing_ = true;
  const TimePoint now = SteadyClock::now();
  enter_stopping(now);
  kill_at_ = std::min(kill_at_, now + last_grace);
}

// The mutex is held.
void Child::enter_stopping(TimePoint now) {
  if (process_.pid <= 0 || state_ == State::stopping) return;
  state_ = State::stopping;
  kill_at_ = now + grace;
  signal_group(process_.pid, SIGTERM);
}

void Child::kill_now() noexcept { signal_group(process_.pid, SIGKILL); }

TimePoint Child::next_due(TimePoint now) const {
  const std::lock_guard lock(mutex_);
  const Milliseconds soon = now - started_at_ < first_period ? first_probes : later_probes;
  switch (state_) {
    case State::starting:
      return now + soon;
    case State::stopping:
      return now + later_probes;
    case State::ready:
      if (!process_.output) return now + later_probes;  // it closed its output: only looking tells its end
      if (leases_ > 0 || running_spec_.idle_stop == 0ms) return now + look_again;
      return std::min(last_used_ + running_spec_.idle_stop, now + look_again);
    case State::failed:
      return wanted_ ? std::max(next_start_, now + first_probes) : TimePoint::max();
    case State::stopped:
      return wanted_ ? now + first_probes : TimePoint::max();
  }
  return now;
}

}  // namespace sensorium::local
