#include "platform/async/loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "platform/async/asio_await.h"

namespace osier {

namespace {

thread_local Loop* current_loop = nullptr;

// A coroutine nobody awaits: starts at once and frees itself at its end.
struct Detached {
  struct promise_type {
    Detached get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
  };
};

Detached start_detached(Task<void> task) { co_await std::move(task); }

}  // namespace

Loop::Loop() : io_(std::make_unique<boost::asio::io_context>(1)) {}

Loop::~Loop() = default;

void Loop::run() {
  Loop* const outer = std::exchange(current_loop, this);
  auto guard = boost::asio::make_work_guard(*io_);
  io_->run();
  // A stop() that came before run() counts; the next run() begins afresh. The guard goes first: an
  // io_context whose last work ends stops itself.
  guard.reset();
  io_->restart();
  current_loop = outer;
}

void Loop::stop() { io_->stop(); }

void Loop::post(std::function<void()> work) { boost::asio::post(*io_, std::move(work)); }

void Loop::spawn(Task<void> task) {
  boost::asio::post(*io_, [task = std::move(task)]() mutable { start_detached(std::move(task)); });
}

Loop& Loop::current() {
  require(current_loop != nullptr, "awaiting happens on a loop's thread");
  return *current_loop;
}

Task<void> sleep_for(Duration duration) {
  boost::asio::steady_timer timer(Loop::current().io());
  timer.expires_after(duration);
  co_await asio_await<>([&](auto done) { timer.async_wait(std::move(done)); });
}

Task<void> resume_on(Loop& loop) {
  struct Awaiter {
    Loop& loop;
    bool await_ready() const { return current_loop == &loop; }
    void await_suspend(std::coroutine_handle<> handle) {
      loop.post([handle] { handle.resume(); });
    }
    void await_resume() const {}
  };
  Awaiter awaiter{loop};
  co_await awaiter;
}

struct Wakeup::State {
  explicit State(Loop& owner) : loop(owner), timer(owner.io()) {}
  Loop& loop;
  boost::asio::steady_timer timer;
  bool notified = false;
  bool waiting = false;
};

Wakeup::Wakeup() : state_(std::make_shared<State>(Loop::current())) {}
Wakeup::~Wakeup() = default;

void Wakeup::notify() {
  state_->loop.post([state = state_] {
    state->notified = true;
    if (state->waiting) state->timer.cancel();
  });
}

Task<bool> Wakeup::wait_for(Duration limit) {
  const auto state = state_;  // The wait may outlive the Wakeup by a turn of the loop.
  require(!state->waiting, "a wakeup has one waiter");
  if (!state->notified) {
    state->waiting = true;
    state->timer.expires_after(limit);
    co_await asio_await<>([&](auto done) { state->timer.async_wait(std::move(done)); });
    state->waiting = false;
  }
  co_return std::exchange(state->notified, false);
}

struct TaskGroup::State {
  std::size_t running = 0;
  std::coroutine_handle<> joiner;
};

TaskGroup::TaskGroup() : state_(std::make_shared<State>()) {}

TaskGroup::~TaskGroup() { require(state_->running == 0, "a task group is joined before it goes"); }

namespace {

Task<void> run_counted(Task<void> task, std::shared_ptr<std::size_t> running,
                       std::function<void()> ended) {
  co_await std::move(task);
  --*running;
  ended();
}

}  // namespace

void TaskGroup::spawn(Task<void> task) {
  ++state_->running;
  // The count lives in the group's state; the alias keeps the state alive as long as the task.
  const std::shared_ptr<std::size_t> running(state_, &state_->running);
  start_detached(run_counted(std::move(task), running, [state = state_] {
    if (state->running == 0 && state->joiner) std::exchange(state->joiner, nullptr).resume();
  }));
}

std::size_t TaskGroup::running() const { return state_->running; }

Task<void> TaskGroup::join() {
  struct Awaiter {
    State& state;
    bool await_ready() const { return state.running == 0; }
    void await_suspend(std::coroutine_handle<> handle) { state.joiner = handle; }
    void await_resume() const {}
  };
  const auto state = state_;
  Awaiter awaiter{*state};
  co_await awaiter;
}

namespace {

Task<void> catch_into(Task<void> task, std::exception_ptr& error) {
  try {
    co_await std::move(task);
  } catch (...) {
    error = std::current_exception();
  }
}

Task<void> stop_after(Task<void> task, std::exception_ptr& error, Loop& loop) {
  co_await catch_into(std::move(task), error);
  loop.stop();
}

}  // namespace

Task<void> when_all(std::vector<Task<void>> tasks) {
  std::vector<std::exception_ptr> errors(tasks.size());
  TaskGroup group;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    group.spawn(catch_into(std::move(tasks[i]), errors[i]));
  }
  co_await group.join();
  for (const auto& error : errors) {
    if (error) std::rethrow_exception(error);
  }
}

void run_to_end(Task<void> task) {
  Loop loop;
  run_to_end(loop, std::move(task));
}

void run_to_end(Loop& loop, Task<void> task) {
  std::exception_ptr error;
  loop.spawn(stop_after(std::move(task), error, loop));
  loop.run();
  if (error) std::rethrow_exception(error);
}

}  // namespace osier
