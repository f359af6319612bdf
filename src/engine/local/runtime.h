// Runtime: the child processes that run local models, shared by all shards of the process.
// Surprising: a child is started by the first request that needs it and stops when idle; nothing
// here runs a model in our own process.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/option_def.h"
#include "exec/task.h"
#include "net/url.h"

namespace sensorium::local {

/// How to run one child. It must answer GET /health with 200 on its socket once it is ready.
/// A child sees a reduced environment: no keys of providers, no tokens, no proxies.
struct ChildSpec {
  std::string name;               ///< "reader", "llama:smolvlm"; also the key: one child per name
  std::vector<std::string> argv;  ///< `{socket}` and `{key}` are replaced, here and in the environment
  std::vector<std::pair<std::string, std::string>>
      environment;  ///< beside OMP_WAIT_POLICY=passive and SENSORIUM_CHILD_KEY
  Milliseconds ready_within{300'000};
  Milliseconds idle_stop{300'000};  ///< 0: never
  std::int64_t memory_bytes = 0;    ///< needed; checked against free memory before the start
  std::string memory_hint;          ///< what to do when memory is short; "" for a general sentence
  std::string failure_hint;         ///< what to do when it does not start; "" for a general sentence
};

/// A running, ready child; while a lease lives the child is not stopped for idleness. Movable.
class Lease {
 public:
  Lease(net::Url url, std::string key, std::shared_ptr<void> hold)
      : url_(std::move(url)), key_(std::move(key)), hold_(std::move(hold)) {}
  const net::Url& url() const noexcept { return url_; }  ///< a unix: URL of the child's socket
  const std::string& key() const noexcept { return key_; }

 private:
  net::Url url_;
  std::string key_;
  std::shared_ptr<void> hold_;
};

/// State of a child for `models ps`, `doctor` and metrics.
struct ChildState {
  std::string name;
  std::string state;  ///< "stopped", "starting", "ready", "failed"
  int pid = 0;
  int restarts = 0;
  std::int64_t resident_bytes = 0;
  std::string last_error;  ///< the last lines of its stderr when it failed
};

struct RuntimeOptions {
  std::string models_dir;      ///< $XDG_DATA_HOME/sensorium/models
  std::string runtime_dir;     ///< for sockets, private (0700); "" makes a temporary one
  std::string cache_dir;       ///< $XDG_CACHE_HOME/sensorium: engines built by ./dev
  std::string reader_program;  ///< "" searches: beside our binary, then PATH
  std::string llama_program;   ///< "" searches: cache_dir, then PATH
  int threads = 0;             ///< per child; 0: half of the cores, at least one
  Milliseconds keep_warm{300'000};
  bool model_paths = true;            ///< whether "local/PATH.gguf" may be asked for; not where strangers ask
  std::int64_t max_memory_bytes = 0;  ///< for all children together; 0: what the machine has free
  std::function<std::int64_t()> free_memory;  ///< for tests; empty: asks the system
};

/// Threads that one child should use, by the options.
int child_threads(const RuntimeOptions& options) noexcept;

/// Thread-safe. Destruction stops every child and its process group.
class Runtime {
 public:
  explicit Runtime(RuntimeOptions options);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  const RuntimeOptions& options() const noexcept;

  /// Starts the child if needed and waits, without blocking the shard, until it is ready.
  /// A crashed child is restarted with backoff (0.2 s doubling to 30 s): a call waits for up to a
  /// second of it. When memory is short, idle children are stopped first.
  /// Errors: not_built_in (program missing), upstream_unavailable (does not start; with the last
  /// words of its output, out of memory explained), upstream_overloaded (backing off, with
  /// retry_after), cancelled, deadline_exceeded.
  Task<Lease> acquire(const CallContext& ctx, const ChildSpec& spec);

  /// Every child that was ever asked for, by name.
  std::vector<ChildState> states() const;

  /// The reader child's program, or Error(not_built_in) with what to do.
  Result<std::string> reader_program() const;
  Result<std::string> llama_program() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sensorium::local
