#include "identity/password_hashing.h"

#include <sodium.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "platform/async/loop.h"
#include "platform/base/require.h"
#include "platform/jobs/batcher.h"

namespace osier::identity {

namespace {

// Below the loops that answer requests, of which a core without work has none.
constexpr int niceness = 10;

std::string make_hash(const HashingOptions& options, const std::string& password) {
  std::array<char, crypto_pwhash_STRBYTES> text{};
  const int failed =
      crypto_pwhash_str_alg(text.data(), password.data(), password.size(), options.passes,
                            options.memory_bytes, crypto_pwhash_ALG_ARGON2ID13);
  if (failed != 0) throw jobs::Overloaded("no memory to hash a password");
  return text.data();
}

}  // namespace

struct PasswordHashing::State {
  struct Job {
    std::function<void()> work;
    std::function<void(std::exception_ptr)> fail;
  };

  explicit State(HashingOptions how) : options(how) {}

  HashingOptions options;
  std::string dummy;  // The hash of a password that nobody has.
  mutable std::mutex mutex;
  std::condition_variable ready;
  std::deque<Job> queue;
  std::uint64_t made = 0;
  std::uint64_t refused = 0;
  bool is_stopping = false;
  std::vector<std::thread> threads;

  // Runs `compute` on one of the threads.
  template <class T>
  OneShot<T> start(std::function<T()> compute) {
    OneShot<T> answer;
    {
      const std::lock_guard lock(mutex);
      if (is_stopping || queue.size() >= options.queue_max) {
        ++refused;
        throw jobs::Overloaded("too many passwords are being checked");
      }
      queue.push_back({.work = [answer, compute]() mutable { answer.set(compute()); },
                       .fail = [answer](std::exception_ptr error) mutable { answer.fail(error); }});
    }
    ready.notify_one();
    return answer;
  }

  void work() {
    (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), niceness);
    for (;;) {
      Job job;
      {
        std::unique_lock lock(mutex);
        ready.wait(lock, [this] { return is_stopping || !queue.empty(); });
        if (is_stopping) return;
        job = std::move(queue.front());
        queue.pop_front();
        ++made;
      }
      try {
        job.work();
      } catch (...) {
        job.fail(std::current_exception());
      }
    }
  }
};

PasswordHashing::PasswordHashing(HashingOptions options)
    : state_(std::make_unique<State>(options)) {
  require(sodium_init() >= 0, "libsodium is ready");
  std::array<char, 32> unknown{};
  randombytes_buf(unknown.data(), unknown.size());
  state_->dummy = make_hash(options, {unknown.data(), unknown.size()});
  const int count = options.threads > 0
                        ? options.threads
                        : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  for (int i = 0; i < count; ++i) {
    state_->threads.emplace_back([state = state_.get()] { state->work(); });
  }
}

PasswordHashing::~PasswordHashing() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_stopping = true;
  }
  state_->ready.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
  for (auto& job : state_->queue)
    job.fail(std::make_exception_ptr(jobs::Overloaded("the shop is stopping")));
}

Task<std::string> PasswordHashing::hash(Secret normalised) {
  const auto compute = [options = state_->options, password = std::move(normalised)] {
    return make_hash(options, password.reveal());
  };
  auto answer = state_->start<std::string>(compute);
  co_return co_await answer.get();
}

Task<PasswordHashing::Verdict> PasswordHashing::verify(std::optional<std::string> hash,
                                                       Secret normalised) {
  const bool is_known = hash.has_value();
  const auto compute = [options = state_->options, text = is_known ? *hash : state_->dummy,
                        is_known, password = std::move(normalised)] {
    const std::string& typed = password.reveal();
    const bool equals = crypto_pwhash_str_verify(text.c_str(), typed.data(), typed.size()) == 0;
    const bool is_old =
        crypto_pwhash_str_needs_rehash(text.c_str(), options.passes, options.memory_bytes) != 0;
    const bool matches = equals && is_known;
    return Verdict{.matches = matches, .needs_rehash = matches && is_old};
  };
  auto answer = state_->start<Verdict>(compute);
  co_return co_await answer.get();
}

PasswordHashing::Statistics PasswordHashing::statistics() const {
  const std::lock_guard lock(state_->mutex);
  return {.waiting = state_->queue.size(), .made = state_->made, .refused = state_->refused};
}

}  // namespace osier::identity
