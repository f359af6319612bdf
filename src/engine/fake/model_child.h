// For tests: a stand-in for the child programs of local engines, so that their contract can be tested
// without weights: it answers /read like sensorium-reader and /v1/chat/completions like llama-server.
// A request that contains HANG is never answered; one with STALL stops after its first piece.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace sensorium::fake {

inline constexpr std::string_view model_child_script = R"PY(#!/usr/bin/env python3
import json, os, socketserver, sys, time

path = next(a for i, a in enumerate(sys.argv) if sys.argv[i - 1] in ('--socket', '--host'))

class Session(socketserver.StreamRequestHandler):
    def handle(self):
        while True:
            head = []
            while (line := self.rfile.readline().strip()):
                head.append(line.decode())
            if not head:
                return
            length = [int(h.split(':')[1]) for h in head if h.lower().startswith('content-length:')]
            self.answer(head[0].split()[1], self.rfile.read(length[0] if length else 0))

    def answer(self, target, body):
        if b'HANG' in body:
            time.sleep(60)
        if target == '/health':
            self.reply({'status': 'ok'})
        elif target == '/read':
            self.reply({'width': 64, 'height': 64, 'lines': [{'text': 'One two three four.', 'confidence': 0.99,
                        'box': [[1, 1], [60, 1], [60, 20], [1, 20]]}], 'facts': {'format': 'png', 'frames': 1, 'bytes': 20}})
        elif b'"stream":true' in body:
            self.stream(b'STALL' in body)
        else:
            self.reply({'model': 'tiny', 'choices': [{'message': {'content': 'One two three four.'}, 'finish_reason': 'stop'}],
                        'usage': {'prompt_tokens': 7, 'completion_tokens': 5}})

    def reply(self, value):
        text = json.dumps(value).encode()
        self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n' % len(text) + text)

    def stream(self, stalls):
        self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n')
        for word in ('One ', 'two ', 'three ', 'four.'):
            self.event(json.dumps({'choices': [{'delta': {'content': word}}]}))
            if stalls:
                time.sleep(60)
        self.event('{"choices":[{"delta":{},"finish_reason":"stop"}]}')
        self.event('[DONE]')
        self.wfile.write(b'0\r\n\r\n')

    def event(self, data):
        text = ('data: %s\n\n' % data).encode()
        self.wfile.write(b'%x\r\n' % len(text) + text + b'\r\n')

class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

Server(path, Session).serve_forever()
)PY";

/// The program in a folder of its own, gone with this object.
class ModelChild {
 public:
  ModelChild() {
    auto pattern = (std::filesystem::temp_directory_path() / "sn-model-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    std::ofstream(program()) << model_child_script;
    std::filesystem::permissions(program(), std::filesystem::perms::owner_all);
  }
  ~ModelChild() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  ModelChild(const ModelChild&) = delete;
  ModelChild& operator=(const ModelChild&) = delete;

  std::string program() const { return folder_ / "child.py"; }
  const std::filesystem::path& folder() const noexcept { return folder_; }

 private:
  std::filesystem::path folder_;
};

}  // namespace sensorium::fake
