// What a bench measured: how long each piece of work took, and how many there were in the time.

#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace osier::bench {

using Steady = std::chrono::steady_clock;

inline std::int64_t micros_since(Steady::time_point start) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - start).count();
}

class Figures {
 public:
  void add(Steady::time_point start) { micros_.push_back(micros_since(start)); }
  void add_micros(std::int64_t micros) { micros_.push_back(micros); }
  void fail() { ++failed_; }
  std::size_t count() const { return micros_.size(); }
  std::size_t failed() const { return failed_; }

  // part 0.99: what 99 % of the work took at most. 0 if there was none.
  std::int64_t percentile(double part) {
    if (micros_.empty()) return 0;
    const auto at = static_cast<std::size_t>(part * static_cast<double>(micros_.size() - 1));
    std::nth_element(micros_.begin(), micros_.begin() + static_cast<std::ptrdiff_t>(at),
                     micros_.end());
    return micros_[at];
  }

  // One line of names and numbers, for scripts.
  void print(double seconds) {
    std::printf("rate %.1f p50_us %lld p99_us %lld count %zu failed %zu\n",
                static_cast<double>(count()) / seconds, static_cast<long long>(percentile(0.5)),
                static_cast<long long>(percentile(0.99)), count(), failed_);
  }

 private:
  std::vector<std::int64_t> micros_;
  std::size_t failed_ = 0;
};

}  // namespace osier::bench
