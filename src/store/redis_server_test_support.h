// A real redis-server of a test's own: on a Unix socket in a private folder, gone with this object.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace sensorium::store {

class RedisServer {
 public:
  RedisServer() {
    auto pattern = (std::filesystem::temp_directory_path() / "sn-redis-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~RedisServer() {
    stop();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  /// False when there is no redis-server on this machine or it does not start.
  bool start(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{
        "redis-server", "--port", "0",     "--unixsocket",   socket(),     "--save", "",
        "--appendonly", "no",     "--dir", folder_.string(), "--loglevel", "warning"};
    words.insert(words.end(), more.begin(), more.end());
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    const int failure = ::posix_spawnp(&pid_, "redis-server", &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) return pid_ = 0, false;
    for (int i = 0; i < 1000 && !reachable(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return reachable();
  }
  void stop() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
    std::error_code ignored;
    std::filesystem::remove(socket(), ignored);
  }
  /// Stands still, as a machine that swaps; go_on() ends that.
  void freeze() { ::kill(pid_, SIGSTOP); }
  void go_on() { ::kill(pid_, SIGCONT); }

  std::string socket() const { return folder_ / "redis.sock"; }
  std::string url() const { return "redis+unix://" + socket(); }

 private:
  bool reachable() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = socket();
    std::memcpy(address.sun_path, path.c_str(), std::min(path.size() + 1, sizeof(address.sun_path) - 1));
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool connected = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    ::close(fd);
    return connected;
  }

  std::filesystem::path folder_;
  pid_t pid_ = 0;
};

}  // namespace sensorium::store

/// Starts `server`, or skips the test with the reason.
#define SN_START_REDIS(server) \
  if (!(server).start()) GTEST_SKIP() << "redis-server is not installed (apt install redis-server)"
