// For tests: a small scripted program that behaves like a model child, well or badly.
// Surprising: it is Python, written to a temporary folder; each start appends a line to `starts`.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "engine/local/runtime.h"

namespace sensorium::local::testing {

inline constexpr std::string_view script = R"PY(
import os, signal, socket, subprocess, sys, time
path, key, folder, mode = sys.argv[1:5]
number = float(sys.argv[5]) if len(sys.argv) > 5 else 0
with open(folder + '/starts', 'a') as f: f.write('%d\n' % os.getpid())
starts = len(open(folder + '/starts').readlines())
def die(text, status):
    sys.stderr.write('first line of many\n' * 3 + text + '\n'); sys.stderr.flush(); os._exit(status)
if mode == 'crash' or (mode == 'crash_first' and starts <= number): die('error: tensor data is not within the file', 3)
if mode == 'oom': die('ggml_aligned_malloc: insufficient memory (attempted to allocate 3000 MB)', 1)
if mode == 'killed': os.kill(os.getpid(), signal.SIGKILL)
if mode == 'stubborn': signal.signal(signal.SIGTERM, signal.SIG_IGN)
if mode == 'flood': sys.stderr.write('x' * int(number) + '\nthe end of a flood\n'); sys.stderr.flush()
if mode == 'environment':
    with open(folder + '/environment', 'w') as f: f.write('\n'.join(k + '=' + v for k, v in os.environ.items()))
if mode == 'family':
    child = subprocess.Popen(['sleep', '1000'], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(folder + '/grandchild', 'w') as f: f.write(str(child.pid))
if mode == 'slow': time.sleep(number)
server = socket.socket(socket.AF_UNIX); server.bind(path); server.listen(64)
asked = 0
while True:
    peer, _ = server.accept()
    head = peer.recv(4096).decode()
    asked += 1
    good = mode != 'never' and not (mode == 'loading' and asked <= number)
    if ('Bearer ' + key) not in head or key != os.environ['SENSORIUM_CHILD_KEY']: good = False
    peer.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n' if good else b'HTTP/1.1 503 no\r\nContent-Length: 0\r\n\r\n')
    peer.close()
    if mode == 'brief' and good: time.sleep(number); die('fatal: the picture was too strange', 7)
)PY";

/// A folder for one test, with the script in it; removed at the end.
class ScriptedChild {
 public:
  ScriptedChild() {
    auto pattern = (std::filesystem::temp_directory_path() / "sn-child-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    std::ofstream(folder_ / "child.py") << script;
  }
  ~ScriptedChild() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  ChildSpec spec(std::string mode, std::string number = "0", std::string name = "scripted") const {
    ChildSpec result;
    result.name = std::move(name);
    result.argv = {"python3", folder_ / "child.py", "{socket}",       "{key}",
                   folder_,   std::move(mode),      std::move(number)};
    return result;
  }

  std::string read(const std::string& file) const {
    std::ifstream stream(folder_ / file);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  std::vector<int> started() const {
    std::ifstream stream(folder_ / "starts");
    std::vector<int> pids;
    for (int pid = 0; stream >> pid;) pids.push_back(pid);
    return pids;
  }
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

}  // namespace sensorium::local::testing
