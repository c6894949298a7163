// A loop with its thread.

#pragma once

#include <exception>
#include <thread>

#include "platform/async/loop.h"

namespace osier::app {

class WorkerThread {
 public:
  // A patient thread does what can wait: while others have work, it gets about a tenth of the
  // processor time of one of them.
  enum class Urgency { usual, patient };

  explicit WorkerThread(Urgency urgency = Urgency::usual)
      : thread_([this, urgency] { run_loop(urgency); }) {}
  ~WorkerThread() { stop(); }
  WorkerThread(const WorkerThread&) = delete;
  WorkerThread& operator=(const WorkerThread&) = delete;

  Loop& loop() { return loop_; }

  // Ends the thread; what the loop had not done stays undone. May be repeated.
  void stop() {
    loop_.stop();
    if (thread_.joinable()) thread_.join();
  }

  // Runs the task there and waits for its end on this thread; passes its exception on.
  void run(Task<void> task);

 private:
  void run_loop(Urgency urgency);

  Loop loop_;
  std::thread thread_;
};

}  // namespace osier::app
