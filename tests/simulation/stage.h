// The stage that simulated shops play on: one loop, one clock, one list of everything that waits to
// happen, and the record of what did.
//
// Whatever a shop's code waits for is held here: a round trip to the database, a call to the
// provider and its answer, a pause before another try. The game opens one gate at a time, by its
// dice, and lets everything run until it waits again. So the order of all effects is the seed's,
// and any two pieces of work can overlap in any way that two processes and one database allow.

#pragma once

#include <coroutine>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "platform/async/loop.h"
#include "platform/base/time.h"
#include "simulation/dice.h"

namespace osier::simulation {

// A promise of the shop that does not hold.
class Violation : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What stands still until its gate is opened.
struct Held {
  std::uint64_t id = 0;
  int process = 0;  // Whose work it is.
  std::string label;
  std::function<void()> open;
};

// A piece of work that has begun and not ended.
struct Running {
  std::uint64_t id = 0;
  int process = 0;
  int owner = -1;  // The shopper who waits for it; −1: nobody.
  std::string label;
};

class Stage {
 public:
  Stage(Loop& loop, std::uint64_t seed, bool is_verbose);
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  Loop& loop() { return loop_; }
  Dice& dice() { return dice_; }

  // --- The record. Its hash is the hash of the seed's schedule.
  void note(std::string line);
  std::uint64_t hash() const { return hash_; }
  const std::vector<std::string>& record() const { return record_; }
  std::uint64_t steps() const { return steps_; }

  // --- Time, the same for all processes and the database; each process's own clock may differ.
  Instant now() const { return now_; }
  void advance(Duration by);
  // Tells the database; called whenever the time has changed.
  void when_time_changes(std::function<void(Instant)> listener) { time_ = std::move(listener); }

  // --- Gates.
  std::uint64_t hold(int process, std::string label, std::function<void()> open);
  const std::vector<Held>& held() const { return held_; }
  // Takes a gate off the list without opening it.
  Held take(std::size_t index);
  bool forget(std::uint64_t id);
  // Opens the gate and lets everything run until it waits again.
  void open(std::size_t index);
  // Called when nothing can run any more: turns bytes that have come into gates or wake-ups; true
  // if it did anything.
  void when_all_wait(std::function<bool()> pump) { pump_ = std::move(pump); }
  void run_until_all_wait();
  // Only what can run without anything new from outside; true if anything did.
  bool poll_loop();

  // --- Work.
  void start(int process, int owner, std::string label, Task<void> work);
  const std::vector<Running>& running() const { return running_; }
  bool is_running(std::uint64_t id) const;
  int running_of(int owner) const;
  // All work and gates of a process are lost with it.
  void drop(int process);
  // Called by work that fails as no weather can explain.
  void fail(std::string what);
  // Throws the first failure.
  void check() const;
  // Whose code is on the stage: set before anything is resumed.
  int current() const { return current_; }
  void set_current(int process) { current_ = process; }

 private:
  static Task<void> guard(Stage& stage, std::uint64_t id, std::string label, Task<void> work);
  void end(std::uint64_t id);

  Loop& loop_;
  Dice dice_;
  bool is_verbose_;
  Instant now_;
  std::function<void(Instant)> time_;
  std::uint64_t hash_ = 0xcbf29ce484222325;
  std::uint64_t steps_ = 0;
  std::uint64_t next_id_ = 1;
  std::vector<std::string> record_;
  std::vector<Held> held_;
  std::vector<Running> running_;
  std::function<bool()> pump_;
  std::vector<std::string> failures_;
  int current_ = 0;
};

// Waits until its gate is opened.
struct Gate {
  Stage& stage;
  int process;
  std::string label;

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    stage.hold(process, label, [handle] { handle.resume(); });
  }
  void await_resume() const noexcept {}
};

// The stage of this process: there is one, for what has no other way to it (pauses).
Stage* stage_of_this_process();

}  // namespace osier::simulation
