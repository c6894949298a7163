#include "platform/async/loop.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

namespace osier {
namespace {

Task<int> doubled(int number) { co_return number * 2; }

Task<void> add_after(Duration wait, int number, int& sum) {
  co_await sleep_for(wait);
  sum += number;
}

Task<void> refuse_after(Duration wait) {
  co_await sleep_for(wait);
  throw std::runtime_error("no");
}

Task<void> await_a_result(int& out) { out = co_await doubled(21); }

TEST(Task, GivesItsResultToWhoeverAwaitsIt) {
  int out = 0;
  run_to_end(await_a_result(out));
  EXPECT_EQ(out, 42);
}

TEST(Task, PassesItsExceptionOn) {
  EXPECT_THROW(run_to_end(refuse_after(1ms)), std::runtime_error);
}

Task<void> recurse(int depth) {
  if (depth > 0) co_await recurse(depth - 1);
}

Task<void> recurse_and_return() { co_await recurse(10'000); }

TEST(Task, DeepChainsUseNoStackOnTheWayBack) { run_to_end(recurse_and_return()); }

Task<void> add_all(int& sum) {
  std::vector<Task<void>> tasks;
  for (int i = 1; i <= 10; ++i) tasks.push_back(add_after(Duration{i * 100}, i, sum));
  co_await when_all(std::move(tasks));
}

TEST(WhenAll, EndsAfterTheLast) {
  int sum = 0;
  run_to_end(add_all(sum));
  EXPECT_EQ(sum, 55);
}

Task<void> wait_for_thread(int& out) {
  OneShot<int> slot;
  std::thread sender([slot]() mutable {
    std::this_thread::sleep_for(5ms);
    slot.set(7);
  });
  out = co_await slot.get();
  sender.join();
}

TEST(OneShot, BringsAValueFromAnotherThread) {
  int out = 0;
  run_to_end(wait_for_thread(out));
  EXPECT_EQ(out, 7);
}

Task<void> wait_twice(bool& first, bool& second) {
  Wakeup wakeup;
  wakeup.notify();
  first = co_await wakeup.wait_for(10s);
  second = co_await wakeup.wait_for(1ms);
}

TEST(Wakeup, RemembersANudgeUntilTheNextWait) {
  bool first = false;
  bool second = true;
  run_to_end(wait_twice(first, second));
  EXPECT_TRUE(first);
  EXPECT_FALSE(second);
}

TEST(Loop, RunsAgainAfterItWasStopped) {
  Loop loop;
  for (int i = 1; i <= 3; ++i) {
    int out = 0;
    run_to_end(loop, await_a_result(out));
    EXPECT_EQ(out, 42) << "run " << i;
  }
}

}  // namespace
}  // namespace osier
