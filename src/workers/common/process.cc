// Signals and the parent's death.
#include "workers/common/process.h"

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

namespace sensorium::worker {

void die_with_parent() noexcept {
  const pid_t parent = getppid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have died before the kernel was asked.
  if (getppid() != parent) std::_Exit(0);
}

void on_termination(std::function<void()> on_stop) {
  signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::thread([set, stop = std::move(on_stop)] {
    int received = 0;
    sigwait(&set, &received);
    stop();
  }).detach();
}

}  // namespace sensorium::worker
