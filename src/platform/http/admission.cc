#include "platform/http/admission.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <vector>

namespace osier::http {

namespace {

using Moment = std::chrono::steady_clock::time_point;

constexpr Duration standing_after = 100ms;
// A first cart takes milliseconds and brings six steps more: a few places begin more than can end.
constexpr int pressed_share = 8;
constexpr Duration sweep_pause = 5ms;
constexpr Duration lag_pause = 20ms;
constexpr std::size_t lag_samples = 5;

struct Waiter {
  OneShot<bool> answer;
  Moment deadline;
};

struct Class {
  Admission::Limits limits{};
  int under_way = 0;
  std::deque<Waiter> waiting;
  Moment empty_at{};     // When its queue was last seen empty.
  Moment standing_at{};  // When it was last seen standing.
  Admission::Statistics counts;
};

using Answers = std::vector<std::pair<OneShot<bool>, bool>>;

}  // namespace

std::string_view to_string(Importance importance) {
  switch (importance) {
    case Importance::webhook:
      return "webhook";
    case Importance::pay:
      return "pay";
    case Importance::cart:
      return "cart";
    case Importance::browse:
      return "browse";
  }
}

struct Admission::State {
  mutable std::mutex mutex;
  std::array<Class, importances> classes;
  bool is_sweeping = false;
  std::atomic<bool> is_stopped = false;
  std::array<std::atomic<std::int64_t>, loops_max> lag_us{};
  std::atomic<std::size_t> loops = 0;

  std::int64_t lag_of_latest_loop() const {
    std::int64_t latest = 0;
    for (std::size_t i = 0; i < loops.load(std::memory_order_relaxed); ++i) {
      latest = std::max(latest, lag_us[i].load(std::memory_order_relaxed));
    }
    return latest;
  }

  bool is_standing(std::size_t index, Moment now) const {
    const Class& one = classes[index];
    return !one.waiting.empty() && now - one.empty_at > standing_after;
  }
  bool is_pressed_from_above(std::size_t index, Moment now) const {
    for (std::size_t above = 0; above < index; ++above) {
      if (classes[above].standing_at + standing_after > now) return true;
    }
    return false;
  }
  int places(std::size_t index, Moment now) const {
    const int most = classes[index].limits.under_way_max;
    return is_pressed_from_above(index, now) ? std::max(1, most / pressed_share) : most;
  }
  void note(std::size_t index, Moment now) {
    Class& one = classes[index];
    if (one.waiting.empty()) one.empty_at = now;
    if (is_standing(index, now)) one.standing_at = now;
  }
  // Those whose time is over, and those for whom there is a place now.
  void settle(Moment now, Answers& answers);
};

void Admission::State::settle(Moment now, Answers& answers) {
  for (std::size_t index = 0; index < importances; ++index) {
    Class& one = classes[index];
    if (one.waiting.empty()) continue;
    note(index, now);
    std::erase_if(one.waiting, [&](const Waiter& waiter) {
      if (waiter.deadline > now) return false;
      answers.emplace_back(waiter.answer, false);
      ++one.counts.shed;
      return true;
    });
    const bool newest_first = is_standing(index, now);
    while (!one.waiting.empty() && one.under_way < places(index, now)) {
      answers.emplace_back(newest_first ? one.waiting.back().answer : one.waiting.front().answer,
                           true);
      newest_first ? one.waiting.pop_back() : one.waiting.pop_front();
      ++one.under_way;
      ++one.counts.admitted;
    }
    note(index, now);
  }
}

std::array<Admission::Limits, importances> Admission::usual_limits() {
  // Paying and carts travel in groups, which grow with the crowd: few places would make them
  // slower. These are some tenths of a second of work.
  return {Limits{512, 4'096, 10s, 2s}, Limits{1'024, 2'048, 3s, 500ms},
          Limits{1'024, 1'024, 2s, 500ms}, Limits{512, 512, 500ms, 20ms}};
}

Admission::Admission(std::array<Limits, importances> limits) : state_(std::make_unique<State>()) {
  const Moment now = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < importances; ++i) {
    state_->classes[i].limits = limits[i];
    state_->classes[i].empty_at = now;
  }
}

Admission::~Admission() = default;

static void tell(Answers& answers) {
  for (auto& [answer, is_admitted] : answers) answer.set(is_admitted);
}

Task<std::optional<Admission::Permit>> Admission::enter(Importance importance) {
  const auto index = static_cast<std::size_t>(importance);
  OneShot<bool> answer;
  bool starts_sweep = false;
  {
    const Moment now = std::chrono::steady_clock::now();
    const std::lock_guard lock(state_->mutex);
    Class& one = state_->classes[index];
    state_->note(index, now);
    if (one.waiting.empty() && one.under_way < state_->places(index, now)) {
      ++one.under_way;
      ++one.counts.admitted;
      co_return Permit(*this, importance);
    }
    if (std::ssize(one.waiting) >= one.limits.waiting_max) {
      ++one.counts.shed;
      co_return std::nullopt;
    }
    const bool is_standing = state_->is_standing(index, now);
    one.waiting.push_back(
        {answer, now + (is_standing ? one.limits.standing_wait : one.limits.wait_max)});
    ++one.counts.queued;
    starts_sweep = !std::exchange(state_->is_sweeping, true);
  }
  if (starts_sweep) Loop::current().spawn(sweep());
  const bool is_admitted = co_await answer.get();
  if (!is_admitted) co_return std::nullopt;
  co_return Permit(*this, importance);
}

void Admission::leave(Importance importance) {
  Answers answers;
  {
    const std::lock_guard lock(state_->mutex);
    --state_->classes[static_cast<std::size_t>(importance)].under_way;
    state_->settle(std::chrono::steady_clock::now(), answers);
  }
  tell(answers);
}

// Runs while anybody waits.
Task<void> Admission::sweep() {
  for (;;) {
    co_await sleep_for(sweep_pause);
    Answers answers;
    bool is_done = true;
    {
      const std::lock_guard lock(state_->mutex);
      state_->settle(std::chrono::steady_clock::now(), answers);
      for (const Class& one : state_->classes) is_done = is_done && one.waiting.empty();
      if (is_done) state_->is_sweeping = false;
    }
    tell(answers);
    if (is_done) co_return;
  }
}

bool Admission::is_full(Importance importance) const {
  const std::lock_guard lock(state_->mutex);
  const Class& one = state_->classes[static_cast<std::size_t>(importance)];
  return std::ssize(one.waiting) >= one.limits.waiting_max;
}

bool Admission::is_too_busy(Importance importance) const {
  if (state_->lag_of_latest_loop() > lag_max.count()) return true;
  const Moment now = std::chrono::steady_clock::now();
  const std::lock_guard lock(state_->mutex);
  return state_->is_pressed_from_above(static_cast<std::size_t>(importance), now);
}

// The smallest of the last few samples: one long turn of a loop is no overload.
Task<void> Admission::watch_loop(std::size_t n) {
  require(n < loops_max, "a process has no more loops than can be watched");
  if (n >= state_->loops) state_->loops = n + 1;
  std::array<std::int64_t, lag_samples> lags{};
  std::size_t next = 0;
  while (!state_->is_stopped) {
    const Moment before = std::chrono::steady_clock::now();
    co_await sleep_for(lag_pause);
    const auto took = std::chrono::steady_clock::now() - before;
    lags[next++ % lag_samples] =
        std::chrono::duration_cast<std::chrono::microseconds>(took - lag_pause).count();
    state_->lag_us[n].store(std::ranges::min(lags), std::memory_order_relaxed);
  }
}

void Admission::stop() { state_->is_stopped = true; }

Admission::Statistics Admission::statistics(Importance importance) const {
  const std::lock_guard lock(state_->mutex);
  const Class& one = state_->classes[static_cast<std::size_t>(importance)];
  Statistics counts = one.counts;
  counts.under_way = one.under_way;
  counts.waiting = static_cast<int>(one.waiting.size());
  return counts;
}

void Admission::count_shed(Importance importance) {
  const std::lock_guard lock(state_->mutex);
  ++state_->classes[static_cast<std::size_t>(importance)].counts.shed;
}

}  // namespace osier::http
