// FairQueue: who is next: interactive before bulk, callers in turn, each caller's requests in order.
// Surprising: one grant in eight goes to bulk work that waits, so that it is slow but not starved.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <list>
#include <string>

#include "engine/chat_engine.h"

namespace sensorium::flow {

/// Of pointers that it does not own. Not thread-safe.
template <class Waiter>
class FairQueue {
 public:
  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }
  std::size_t size(Lane lane) const noexcept { return lane_of(lane).size; }

  void push(Waiter* waiter, const std::string& caller, Lane lane) {
    auto& turns = lane_of(lane).turns;
    auto turn = std::ranges::find(turns, caller, &Turn::caller);
    if (turn == turns.end()) turn = turns.insert(turns.end(), Turn{caller, {}});
    turn->waiters.push_back(waiter);
    ++lane_of(lane).size;
    ++size_;
  }

  /// The next one, or null.
  Waiter* next() const noexcept {
    const Row* row = next_row();
    return row ? row->turns.front().waiters.front() : nullptr;
  }

  /// Takes one out that was granted: its caller goes to the end of the line.
  void grant(Waiter* waiter) {
    bulk_credit_ = remove_from(lane_of(Lane::bulk), waiter, After::rotate) ? 0 : bulk_credit_ + 1;
    remove_from(lane_of(Lane::interactive), waiter, After::rotate);
  }
  /// Takes one out that leaves.
  void remove(Waiter* waiter) {
    if (!remove_from(lane_of(Lane::interactive), waiter, After::stay))
      remove_from(lane_of(Lane::bulk), waiter, After::stay);
  }

  /// How many will be granted before one that comes now.
  std::size_t ahead_of(const std::string& caller, Lane lane) const noexcept {
    std::size_t ahead = ahead_in(lane_of(lane), caller);
    if (lane == Lane::bulk) ahead += lane_of(Lane::interactive).size;
    return ahead;
  }

 private:
  static constexpr int bulk_every = 8;
  struct Turn {
    std::string caller;
    std::deque<Waiter*> waiters;  ///< not empty
  };
  struct Row {
    std::list<Turn> turns;
    std::size_t size = 0;
  };
  enum class After : bool { stay, rotate };

  Row& lane_of(Lane lane) noexcept { return rows_[static_cast<std::size_t>(lane)]; }
  const Row& lane_of(Lane lane) const noexcept { return rows_[static_cast<std::size_t>(lane)]; }

  const Row* next_row() const noexcept {
    const Row &first = lane_of(Lane::interactive), &second = lane_of(Lane::bulk);
    if (second.size > 0 && (first.size == 0 || bulk_credit_ >= bulk_every - 1)) return &second;
    return first.size > 0 ? &first : nullptr;
  }

  static std::size_t ahead_in(const Row& row, const std::string& caller) noexcept {
    const auto own = std::ranges::find(row.turns, caller, &Turn::caller);
    const std::size_t mine = own == row.turns.end() ? 0 : own->waiters.size();
    std::size_t ahead = mine;
    for (const Turn& turn : row.turns)
      if (turn.caller != caller) ahead += std::min(turn.waiters.size(), mine + 1);
    return ahead;
  }

  bool remove_from(Row& row, Waiter* waiter, After after) {
    for (auto turn = row.turns.begin(); turn != row.turns.end(); ++turn) {
      const auto found = std::ranges::find(turn->waiters, waiter);
      if (found == turn->waiters.end()) continue;
      turn->waiters.erase(found);
      --row.size;
      --size_;
      if (turn->waiters.empty()) row.turns.erase(turn);
      else if (after == After::rotate) row.turns.splice(row.turns.end(), row.turns, turn);
      return true;
    }
    return false;
  }

  std::array<Row, 2> rows_;
  std::size_t size_ = 0;
  int bulk_credit_ = 0;
};

}  // namespace sensorium::flow
