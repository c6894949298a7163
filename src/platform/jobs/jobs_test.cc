#include <gtest/gtest.h>

#include <thread>

#include "platform/jobs/backoff.h"
#include "platform/jobs/batcher.h"
#include "platform/jobs/nudge.h"

namespace osier::jobs {
namespace {

TEST(Backoff, DoublesFromOneSecondToTenMinutes) {
  const auto middle = [](int attempts) {
    const auto fifth = backoff(attempts, 0);  // Four fifths of the wait.
    return fifth * 5 / 4;
  };
  EXPECT_EQ(middle(1), 1s);
  EXPECT_EQ(middle(2), 2s);
  EXPECT_EQ(middle(5), 16s);
  EXPECT_EQ(middle(11), 10min);
  EXPECT_EQ(middle(1000), 10min);
}

TEST(Backoff, StaysWithinAFifth) {
  for (std::uint32_t chance = 0; chance < 4'000'000'000U; chance += 33'333'331U) {
    EXPECT_GE(backoff(3, chance), 3200ms);
    EXPECT_LE(backoff(3, chance), 4800ms);
  }
}

using Sizes = std::vector<std::size_t>;

Task<std::vector<int>> double_all(std::vector<int> numbers, Sizes* sizes) {
  sizes->push_back(numbers.size());
  co_await sleep_for(5ms);
  for (int& number : numbers) {
    if (number < 0) throw std::runtime_error("negative");
    number *= 2;
  }
  co_return numbers;
}

Task<void> ask(Batcher<int, int>& batcher, int number, int* answer) {
  *answer = co_await batcher.add(number);
}

Task<void> ask_many(Sizes& sizes) {
  Batcher<int, int> batcher(Loop::current(), 4, 100, [&sizes](std::vector<int> numbers) {
    return double_all(std::move(numbers), &sizes);
  });
  std::vector<int> answers(9);
  std::vector<Task<void>> tasks;
  for (int i = 0; i < 9; ++i)
    tasks.push_back(ask(batcher, i, &answers[static_cast<std::size_t>(i)]));
  co_await when_all(std::move(tasks));
  EXPECT_EQ(answers, (std::vector<int>{0, 2, 4, 6, 8, 10, 12, 14, 16}));
}

TEST(Batcher, AnswersEachWithItsOwnAndFillsBatchesWhileOneIsUnderWay) {
  Sizes sizes;
  run_to_end(ask_many(sizes));
  std::size_t sum = 0;
  for (const auto size : sizes) sum += size;
  EXPECT_EQ(sum, 9U);
  EXPECT_LE(sizes.size(), 4U);
  for (const auto size : sizes) EXPECT_LE(size, 4U);
}

Task<void> ask_alone(Sizes& sizes) {
  Batcher<int, int> batcher(Loop::current(), 4, 100, [&sizes](std::vector<int> numbers) {
    return double_all(std::move(numbers), &sizes);
  });
  const int first = co_await batcher.add(1);
  const int second = co_await batcher.add(2);
  EXPECT_EQ(first + second, 6);
}

TEST(Batcher, LetsALoneRequestWaitForNobody) {
  Sizes sizes;
  run_to_end(ask_alone(sizes));
  EXPECT_EQ(sizes, (Sizes{1, 1}));
}

Task<void> expect_failure(Batcher<int, int>& batcher, int number, int* failures) {
  try {
    co_await batcher.add(number);
  } catch (const std::runtime_error&) {
    ++*failures;
  }
}

Task<void> fail_together(int& failures) {
  Sizes sizes;
  Batcher<int, int> batcher(Loop::current(), 8, 100, [&sizes](std::vector<int> numbers) {
    return double_all(std::move(numbers), &sizes);
  });
  std::vector<Task<void>> tasks;
  for (const int number : {-1, 2, 3}) tasks.push_back(expect_failure(batcher, number, &failures));
  co_await when_all(std::move(tasks));
  const int later = co_await batcher.add(5);
  EXPECT_EQ(later, 10);
}

TEST(Batcher, GivesTheExceptionToAllOfTheBatchAndGoesOn) {
  int failures = 0;
  run_to_end(fail_together(failures));
  EXPECT_GE(failures,
            1);  // The batches are cut as they come; the one with the negative number fails whole.
  EXPECT_LE(failures, 3);
}

Task<void> count_overloads(Batcher<int, int>& batcher, int* overloads) {
  try {
    co_await batcher.add(1);
  } catch (const Overloaded&) {
    ++*overloads;
  }
}

Task<void> overload(int& overloads) {
  Sizes sizes;
  Batcher<int, int> batcher(Loop::current(), 2, 3, [&sizes](std::vector<int> numbers) {
    return double_all(std::move(numbers), &sizes);
  });
  std::vector<Task<void>> tasks;
  for (int i = 0; i < 10; ++i) tasks.push_back(count_overloads(batcher, &overloads));
  co_await when_all(std::move(tasks));
}

TEST(Batcher, TurnsAwayWhatDoesNotFitTheQueue) {
  int overloads = 0;
  run_to_end(overload(overloads));
  EXPECT_GE(overloads, 5);
  EXPECT_LT(overloads, 10);
}

// A batcher of one loop, asked from another.
TEST(Batcher, MayBeAskedFromAnyLoop) {
  Sizes sizes;
  Loop other;
  std::thread thread([&other] { other.run(); });
  {
    Batcher<int, int> batcher(other, 64, 1000, [&sizes](std::vector<int> numbers) {
      return double_all(std::move(numbers), &sizes);
    });
    std::vector<int> answers(50);
    const auto ask_all = [&]() -> std::vector<Task<void>> {
      std::vector<Task<void>> tasks;
      for (int i = 0; i < 50; ++i)
        tasks.push_back(ask(batcher, i, &answers[static_cast<std::size_t>(i)]));
      return tasks;
    };
    run_to_end(when_all(ask_all()));
    for (int i = 0; i < 50; ++i) EXPECT_EQ(answers[static_cast<std::size_t>(i)], 2 * i);
    other.stop();
    thread.join();  // The batcher goes after its loop.
  }
}

Task<void> sleep_and_be_woken(Duration* slept) {
  Nudge nudge;
  nudge.wake();
  co_await nudge.sleep(10s);  // The nudge of before is remembered.
  std::thread waker([&nudge] {
    std::this_thread::sleep_for(20ms);
    nudge.wake();
  });
  const auto start = std::chrono::steady_clock::now();
  co_await nudge.sleep(10s);
  waker.join();
  nudge.stop();
  co_await nudge.sleep(10s);
  *slept = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - start);
}

TEST(Nudge, WakesASleeperAndIsRemembered) {
  Duration slept{};
  run_to_end(sleep_and_be_woken(&slept));
  EXPECT_LT(slept, 5s);
}

}  // namespace
}  // namespace osier::jobs
