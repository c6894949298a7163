// Work that blocks, off the loop's thread.

#pragma once

#include <thread>
#include <type_traits>
#include <utility>

#include "platform/async/loop.h"

namespace osier::app {

// Runs `work` on a thread of its own; the awaiting coroutine goes on with its result, or its
// exception, on its own loop. `work` owns what it touches: it may outlive the wait.
template <class Work, class T = std::invoke_result_t<Work>>
Task<T> off_loop(Work work) {
  OneShot<T> outcome;
  std::thread([outcome, work = std::move(work)]() mutable {
    try {
      outcome.set(work());
    } catch (...) {
      outcome.fail(std::current_exception());
    }
  }).detach();
  co_return co_await outcome.get();
}

}  // namespace osier::app
