#include "simulation/stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>

#include "payments/provider.h"
#include "platform/jobs/batcher.h"
#include "platform/postgres/error.h"

namespace osier::simulation {

namespace {

Stage* the_stage = nullptr;

// 2026-11-22 12:00 UTC.
constexpr Instant beginning{std::chrono::microseconds{1'795'348'800'000'000}};

}  // namespace

Stage* stage_of_this_process() { return the_stage; }

Stage::Stage(Loop& loop, std::uint64_t seed, bool is_verbose)
    : loop_(loop), dice_(seed), is_verbose_(is_verbose), now_(beginning) {
  the_stage = this;
  // The game runs inside a handler of the loop and polls it from there. Asio counts what such a
  // handler posts as done by the inner poll and as begun only when the outer handler returns:
  // without some work in hand the loop would take itself for idle, and stop.
  constexpr int in_hand = 300'000;
  for (int i = 0; i < in_hand; ++i) loop_.io().get_executor().on_work_started();
}

void Stage::note(std::string line) {
  ++steps_;
  for (const char c : line) {  // FNV-1a.
    hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  if (is_verbose_) fmt::print("{:5} {} {}\n", steps_, to_rfc3339(now_).substr(0, 19), line);
  record_.push_back(std::move(line));
}

void Stage::advance(Duration by) {
  now_ += by;
  if (time_) time_(now_);
}

// --- Gates

std::uint64_t Stage::hold(int process, std::string label, std::function<void()> open) {
  const std::uint64_t id = next_id_++;
  held_.push_back({id, process, std::move(label), std::move(open)});
  return id;
}

Held Stage::take(std::size_t index) {
  Held taken = std::move(held_[index]);
  held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(index));
  return taken;
}

bool Stage::forget(std::uint64_t id) {
  return std::erase_if(held_, [id](const Held& one) { return one.id == id; }) > 0;
}

void Stage::open(std::size_t index) {
  const Held gate = take(index);
  note(fmt::format("p{} {}", gate.process, gate.label));
  current_ = gate.process;
  gate.open();
  run_until_all_wait();
}

bool Stage::poll_loop() {
  bool has_run = false;
  while (loop_.io().poll() > 0) has_run = true;
  return has_run;
}

void Stage::run_until_all_wait() {
  while (poll_loop() || (pump_ && pump_())) {
  }
}

// --- Work

void Stage::start(int process, int owner, std::string label, Task<void> work) {
  note(fmt::format("p{} begins: {}", process, label));
  const std::uint64_t id = next_id_++;
  running_.push_back({id, process, owner, label});
  current_ = process;
  loop_.spawn(guard(*this, id, std::move(label), std::move(work)));
  run_until_all_wait();
}

// The weather: a provider or a database that is away, and what is put off because of it. All else
// is a bug of the shop.
Task<void> Stage::guard(Stage& stage, std::uint64_t id, std::string label, Task<void> work) {
  std::string end = "done";
  try {
    co_await std::move(work);
  } catch (const payments::ProviderUnavailable&) {
    end = "the provider was away";
  } catch (const pg::Unavailable&) {
    end = "the database was away";
  } catch (const pg::OutcomeUnknown&) {
    end = "the outcome is unknown";
  } catch (const jobs::Overloaded&) {
    end = "overloaded";
  } catch (const std::exception& error) {
    end = std::string("failed: ") + error.what();
    stage.fail(label + " " + end);
  }
  stage.note("ends: " + label + ": " + end);
  stage.end(id);
}

void Stage::end(std::uint64_t id) {
  std::erase_if(running_, [id](const Running& one) { return one.id == id; });
}

bool Stage::is_running(std::uint64_t id) const {
  return std::ranges::any_of(running_, [id](const Running& one) { return one.id == id; });
}

int Stage::running_of(int owner) const {
  return static_cast<int>(std::ranges::count(running_, owner, &Running::owner));
}

void Stage::drop(int process) {
  std::erase_if(held_, [process](const Held& one) { return one.process == process; });
  std::erase_if(running_, [process](const Running& one) { return one.process == process; });
}

void Stage::fail(std::string what) { failures_.push_back(std::move(what)); }

void Stage::check() const {
  if (!failures_.empty()) throw Violation("unexpected: " + failures_.front());
}

}  // namespace osier::simulation
