#include "app/worker_thread.h"

#include <sys/resource.h>

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

// On Linux a thread has a priority of its own, and 0 is the calling one.
void WorkerThread::run_loop(Urgency urgency) {
  constexpr int patient_nice = 10;
  if (urgency == Urgency::patient) (void)setpriority(PRIO_PROCESS, 0, patient_nice);
  loop_.run();
}

void WorkerThread::run(Task<void> task) {
  std::promise<void> done;
  auto outcome = done.get_future();
  loop_.spawn(fulfil(std::move(task), done));
  outcome.get();
}

}  // namespace osier::app
