// Flight: text and result under one lock; bells are rung under it too, which takes nanoseconds.
#include "flow/flight.h"

#include <algorithm>

#include "exec/cancellation.h"

namespace sensorium::flow {
namespace {

constexpr std::size_t most_ahead = 256UL << 10;

}  // namespace

bool Flight::far_ahead() const {
  const std::scoped_lock lock(mutex_);
  return text_.size() - taken_ > most_ahead && !abandoned_;
}

Task<> Flight::add(std::string_view piece) {
  {
    const std::scoped_lock lock(mutex_);
    text_ += piece;
    for (const Seat& seat : seats_) seat.bell.wake();
  }
  if (!far_ahead()) co_return Status{};
  const Waker bell;
  {
    const std::scoped_lock lock(mutex_);
    call_ = bell;
  }
  bool on = true;
  while (on && far_ahead()) on = static_cast<bool>(co_await bell.wait({}));
  {
    const std::scoped_lock lock(mutex_);
    call_.reset();
  }
  if (on) co_return Status{};
  co_return Error(Code::cancelled, "The call was cancelled");
}

void Flight::end(Result<Completion> result) {
  const std::scoped_lock lock(mutex_);
  result_ = std::make_shared<const Result<Completion>>(std::move(result));
  for (const Seat& seat : seats_) seat.bell.wake();
}

bool Flight::board() {
  const std::scoped_lock lock(mutex_);
  if (abandoned_) return false;
  ++waiting_;
  return true;
}

Follower::Follower(std::shared_ptr<Flight> flight) : flight_(std::move(flight)) {
  const std::scoped_lock lock(flight_->mutex_);
  id_ = flight_->next_id_++;
  flight_->seats_.push_back({id_, bell_});
}

Follower::~Follower() {
  leave();
  const std::scoped_lock lock(flight_->mutex_);
  std::erase_if(flight_->seats_, [this](const Flight::Seat& seat) { return seat.id == id_; });
}

std::string_view Follower::take() {
  const std::scoped_lock lock(flight_->mutex_);
  piece_.assign(flight_->text_, given_);
  given_ += piece_.size();
  flight_->taken_ = std::max(flight_->taken_, given_);
  if (flight_->call_) flight_->call_->wake();
  return piece_;
}

std::shared_ptr<const Result<Completion>> Follower::result() const {
  const std::scoped_lock lock(flight_->mutex_);
  return flight_->result_;
}

/// True when the call was abandoned by this.
bool Follower::leave() {
  const std::scoped_lock lock(flight_->mutex_);
  if (std::exchange(left_, true) || --flight_->waiting_ > 0 || flight_->result_) return false;
  flight_->abandoned_ = true;
  if (flight_->call_) flight_->call_->wake();
  return true;
}

boost::asio::awaitable<void> Follower::depart() {
  if (!leave()) co_return;
  flight_->stop_.request_stop();
  co_await ignore_cancellation();
  while (!result()) static_cast<void>(co_await bell_.wait({}));
}

Task<Completion> Follower::finish(TokenSink& sink, bool streams) {
  const auto done = result();
  if (!*done) co_return done->error();
  // Who began it may not have asked for a stream: then the text comes at once.
  const std::string_view text = (*done)->text;
  if (streams && given_ < text.size()) {
    const std::string_view rest = text.substr(given_);
    given_ = text.size();
    SN_CO_TRY(co_await sink.text(rest));
  }
  co_return **done;
}

Task<Completion> Follower::follow(TokenSink& sink, bool streams) {
  co_await outlive_cancellation();
  for (;;) {
    // The result first: text that came before it is then seen as well.
    const bool over = result() != nullptr;
    if (streams) {
      if (const std::string_view piece = take(); !piece.empty()) {
        if (auto sent = co_await sink.text(piece); !sent) {
          co_await depart();
          co_return std::move(sent).error();
        }
        continue;
      }
    }
    if (over) co_return co_await finish(sink, streams);
    if (!co_await bell_.wait({})) {
      co_await depart();
      co_return Error(Code::cancelled, "The call was cancelled");
    }
  }
}

Flights::Boarding Flights::board(const store::CacheKey& key, Join join) {
  const std::scoped_lock lock(mutex_);
  auto& place = flights_[key];
  if (join == Join::if_there && place && place->board()) return {place, false};
  auto flight = std::make_shared<Flight>();
  static_cast<void>(flight->board());
  if (join == Join::if_there || !place) place = flight;
  return {std::move(flight), true};
}

void Flights::remove(const store::CacheKey& key, const Flight& flight) {
  const std::scoped_lock lock(mutex_);
  const auto found = flights_.find(key);
  if (found != flights_.end() && found->second.get() == &flight) flights_.erase(found);
}

std::size_t Flights::size() const {
  const std::scoped_lock lock(mutex_);
  return flights_.size();
}

}  // namespace sensorium::flow
