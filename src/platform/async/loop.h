// Event loops: one thread each, and everything a coroutine awaits resumes on the loop it was
// awaited on.
//
// Loop is Asio's io_context behind a light header: rooms include this, only platform's own .cc
// files see Asio.

#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "platform/async/task.h"
#include "platform/base/time.h"

namespace boost::asio {
class io_context;
}

namespace osier {

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs until stop(); the calling thread is this loop's thread from now on.
  void run();
  // Lets run() return soon. From any thread. Work left over is dropped when the loop is destroyed.
  void stop();
  // Calls `work` on the loop's thread. From any thread.
  void post(std::function<void()> work);
  // Starts a task nobody awaits, on the loop's thread. From any thread. An exception that leaves it
  // is a bug and stops the process: whoever spawns work catches and logs its errors.
  void spawn(Task<void> task);

  // The loop whose thread this is; a bug if there is none.
  static Loop& current();

  boost::asio::io_context& io() { return *io_; }

 private:
  std::unique_ptr<boost::asio::io_context> io_;
};

// Waits on the current loop.
Task<void> sleep_for(Duration duration);

// Goes on on `loop`'s thread; does nothing if already there.
Task<void> resume_on(Loop& loop);

// Something to wait for, with a limit: a nudge to a background task that else sleeps. notify() may
// come from any thread and is remembered until the next wait. One waiter at a time; used on the
// loop it was made on; outlives its waiter.
class Wakeup {
 public:
  Wakeup();
  ~Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  void notify();
  // Returns at a notify() or after `limit`, whichever comes first. True if notified.
  Task<bool> wait_for(Duration limit);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Work started in the background that shutdown waits for. Used on one loop's thread.
class TaskGroup {
 public:
  TaskGroup();
  ~TaskGroup();  // A bug while tasks are running: await join() first.
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Starts the task now, on the current loop. It must not throw.
  void spawn(Task<void> task);
  std::size_t running() const;
  // Waits until all have ended. One waiter.
  Task<void> join();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// A value that arrives once, from any thread, for one waiter, who resumes on the loop it waits on.
// Copies share one slot. The sender must set() or fail() it exactly once.
template <class T>
class OneShot {
 public:
  OneShot() : state_(std::make_shared<State>()) {}

  void set(T value) {
    finish([&] { state_->value.emplace(std::move(value)); });
  }
  void fail(std::exception_ptr error) {
    finish([&] { state_->error = std::move(error); });
  }

  // Await it on a loop's thread.
  Task<T> get() { return wait(state_); }

 private:
  struct State {
    std::mutex mutex;
    std::optional<T> value;
    std::exception_ptr error;
    std::coroutine_handle<> waiter;
    Loop* loop = nullptr;
  };

  template <class Fill>
  void finish(Fill&& fill) {
    std::coroutine_handle<> waiter;
    Loop* loop = nullptr;
    {
      const std::lock_guard lock(state_->mutex);
      fill();
      waiter = state_->waiter;
      loop = state_->loop;
    }
    if (waiter) loop->post([waiter] { waiter.resume(); });
  }

  struct Awaiter {
    State& state;
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> handle) {
      const std::lock_guard lock(state.mutex);
      if (state.value || state.error) return false;
      state.waiter = handle;
      state.loop = &Loop::current();
      return true;
    }
    void await_resume() const noexcept {}
  };

  static Task<T> wait(std::shared_ptr<State> state) {
    Awaiter awaiter{*state};
    co_await awaiter;
    if (state->error) std::rethrow_exception(state->error);
    co_return std::move(*state->value);
  }

  std::shared_ptr<State> state_;
};

// Runs all tasks at once on the current loop and gives their results in order. If some throw, the
// first exception (by position) is passed on after all have ended.
Task<void> when_all(std::vector<Task<void>> tasks);

// Runs one task on a loop of its own, on this thread, until it ends; passes its exception on.
void run_to_end(Task<void> task);
// The same on a loop that others (a pg::Database) were given; it is not running yet, and stops
// afterwards.
void run_to_end(Loop& loop, Task<void> task);

}  // namespace osier
