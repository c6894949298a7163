// Turns many single requests into few batches: whatever arrived while the last batch was under way
// is the next one.
//
// No timer: a lone request waits for nobody, and the busier it is, the larger the batches, up to
// batch_max. One batch at a time per Batcher. add() may be awaited on any loop; `work` runs on the
// batcher's own loop.

#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

#include "platform/async/loop.h"
#include "platform/jobs/stages.h"

namespace osier::jobs {

// The queue is full: answer 503 with Retry-After.
class Overloaded : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

template <class Request, class Reply>
class Batcher {
 public:
  // Must answer every request of the batch, in order, or throw (then every request of the batch
  // gets the exception).
  using Work = std::function<Task<std::vector<Reply>>(std::vector<Request>)>;

  Batcher(Loop& loop, std::size_t batch_max, std::size_t waiting_max, Work work)
      : loop_(loop), batch_max_(batch_max), waiting_max_(waiting_max), work_(std::move(work)) {}

  // Told how long each request waited for its batch, as "queue". Before the first add(); `watch`
  // outlives the batcher.
  void watch_queue(const StageWatch& watch) { watch_ = &watch; }

  Task<Reply> add(Request request) {
    OneShot<Reply> reply;
    bool start = false;
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.size() >= waiting_max_) throw Overloaded("too many requests are waiting");
      waiting_.push_back({std::move(request), reply, StageTimer(*watch_)});
      start = !std::exchange(is_running_, true);
    }
    if (start) loop_.spawn(drain());
    co_return co_await reply.get();
  }

 private:
  struct Waiting {
    Request request;
    OneShot<Reply> reply;
    StageTimer timer;
  };

  Task<void> drain() {
    for (;;) {
      std::vector<Request> requests;
      std::vector<OneShot<Reply>> replies;
      {
        const std::lock_guard lock(mutex_);
        if (waiting_.empty()) {
          is_running_ = false;
          co_return;
        }
        while (!waiting_.empty() && requests.size() < batch_max_) {
          waiting_.front().timer.ends("queue");
          requests.push_back(std::move(waiting_.front().request));
          replies.push_back(std::move(waiting_.front().reply));
          waiting_.pop_front();
        }
      }
      co_await run_one(std::move(requests), std::move(replies));
    }
  }

  Task<void> run_one(std::vector<Request> requests, std::vector<OneShot<Reply>> replies) {
    try {
      auto answers = co_await work_(std::move(requests));
      require(answers.size() == replies.size(), "a batch answers each of its requests");
      for (std::size_t i = 0; i < replies.size(); ++i) replies[i].set(std::move(answers[i]));
    } catch (...) {
      for (auto& reply : replies) reply.fail(std::current_exception());
    }
  }

  Loop& loop_;
  const std::size_t batch_max_;
  const std::size_t waiting_max_;
  const Work work_;
  const StageWatch nobody_;
  const StageWatch* watch_ = &nobody_;
  std::mutex mutex_;
  std::deque<Waiting> waiting_;
  bool is_running_ = false;
};

}  // namespace osier::jobs
