// Session: reads the requests of one connection, one after the other, and hands each to answer().
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "mock_upstream/service.h"
#include "mock_upstream/wire.h"

namespace sensorium::mock {

/// One request; the views are good until the next is read.
struct Request {
  std::string_view method, path, query, content_type, authorization, mock, head, body;
  bool close = false;
};

/// Answers one request on `wire`; false ends the connection. In respond.cc.
awaitable<bool> answer(Service& service, Wire& wire, const Request& request);

/// A complete response, head and body.
awaitable<bool> send(Wire& wire, int status, std::string_view type, std::string_view extra_fields,
                     std::string_view body);

class Session {
 public:
  Session(Service& service, std::shared_ptr<Wire> wire) : service_(service), wire_(std::move(wire)) {}
  /// Until the client leaves or a fault ends it.
  awaitable<void> run();

 private:
  awaitable<bool> fill();
  awaitable<std::size_t> find_head();
  awaitable<std::optional<Request>> read_request();
  awaitable<bool> read_sized(std::size_t total);
  awaitable<bool> read_chunked();
  std::string_view pending() const noexcept { return {buffer_.data() + begin_, end_ - begin_}; }
  void make_room(std::size_t wanted);

  static constexpr std::size_t usual_buffer = 16UL << 10, largest_head = 64UL << 10;
  Service& service_;
  std::shared_ptr<Wire> wire_;
  std::string buffer_, chunked_body_;
  std::size_t begin_ = 0, end_ = 0;
};

}  // namespace sensorium::mock
