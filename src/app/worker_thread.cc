#include "app/worker_thread.h"

#include <future>

namespace osier::app {

namespace {

Task<void> fulfil(Task<void> task, std::promise<void>& done) {
  try {
    co_await std::move(task);
    done.set_value();
  } catch (...) {
    done.set_exception(std::current_exception());
  }
}

}  // namespace

void WorkerThread::run(Task<void> task) {
  std::promise<void> done;
  auto outcome = done.get_future();
  loop_.spawn(fulfil(std::move(task), done));
  outcome.get();
}

}  // namespace osier::app
