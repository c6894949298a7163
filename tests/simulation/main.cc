// shop_simulation: plays random shops, each from a seed, and checks that no cent and no unit is
// lost.
//
//   shop_simulation --seeds 200 [--from 1] [--jobs 2]    a line per hundred; the counts at the end
//   shop_simulation --seed 4711 [--verbose]              one game, with its record
//   shop_simulation --seeds 5 --twice                    each seed twice: the same schedule both
//   times shop_simulation --broken NAME --seeds 40             negative control: fails unless a
//   seed is caught

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <map>

#include "simulation/checks.h"
#include "simulation/game.h"
#include "simulation/substitutes.h"

namespace osier::simulation {

namespace {

struct Wishes {
  std::int64_t seeds = 200;
  std::uint64_t from = 1;
  std::optional<std::uint64_t> seed;
  int jobs = 2;
  bool is_verbose = false;
  bool is_twice = false;
  std::string broken;
};

const std::map<std::string, bool Broken::*> controls = {
    {"lying_close", &Broken::closes_only_in_words},
    {"forgotten_keys", &Broken::refunds_again},
    {"stale_stock", &Broken::skips_stock_lock},
    {"double_booking", &Broken::books_twice},
    {"believed_webhooks", &Broken::believes_webhooks},
    {"stale_coupons", &Broken::skips_coupon_lock},
};

// What a game reports to the parent, as bytes through a pipe.
struct Report {
  bool is_good = false;
  std::uint64_t hash = 0;
  Counts counts;
};

Unlocked unlocked_by(const Broken& broken) {
  if (broken.skips_stock_lock) return {"inventory.lock_levels"};
  if (broken.skips_coupon_lock) return {"promotions.lock_coupons"};
  if (broken.books_twice)
    return {"orders.lock_orders", "orders.lock_orders_of_payments", "payments.lock_payments"};
  return {};
}

void break_constraints(pg::BlockingConnection& database, const Broken& broken) {
  if (broken.skips_stock_lock)
    database.run("ALTER TABLE inventory.stock_levels DROP CONSTRAINT IF EXISTS never_oversold");
  if (broken.skips_coupon_lock)
    database.run(
        "ALTER TABLE promotions.coupons DROP CONSTRAINT IF EXISTS coupon_uses_within_limit");
  if (broken.books_twice) {
    database.run(
        "ALTER TABLE payments.payment_transactions DROP CONSTRAINT IF EXISTS"
        " payment_transactions_payment_id_kind_provider_reference_key");
  }
}

std::string replay_command(std::uint64_t seed, const Wishes& wishes) {
  return fmt::format("./dev torture simulation --seed {}", seed) +
         (wishes.broken.empty() ? "" : " --broken " + wishes.broken);
}

void tell_failure(const Stage& stage, std::uint64_t seed, const Wishes& wishes,
                  const std::string& what) {
  constexpr std::size_t last = 25;
  const auto& record = stage.record();
  fmt::print("seed {}: {}\n", seed, what);
  const std::size_t from = record.size() > last ? record.size() - last : 0;
  for (std::size_t i = from; i < record.size() && !wishes.is_verbose; ++i)
    fmt::print("  {:5} {}\n", i + 1, record[i]);
  fmt::print("  again: {}\n", replay_command(seed, wishes));
  (void)std::fflush(stdout);
}

struct Ground {
  const pg::test::Server& server;
  std::string database;
  const Fixture& fixture;
};

Report play(const Ground& ground, std::uint64_t seed, const Wishes& wishes) {
  Broken broken;
  if (!wishes.broken.empty()) broken.*controls.at(wishes.broken) = true;
  Report report;
  Loop loop;
  Stage stage(loop, seed, wishes.is_verbose);
  take_chance_from(stage.dice());
  pg::BlockingConnection observer(ground.server.connection(ground.database));
  observer.run("SET client_min_messages = warning");
  reset(observer, ground.fixture, stage.dice(), stage.now());
  break_constraints(observer, broken);
  stage.when_time_changes([&observer](Instant now) { set_time(observer, now); });
  const std::string connection = ground.server.connection();
  const auto folder = connection.substr(5, connection.find(' ') - 5);  // "host=… "
  Traffic traffic(stage, folder, ground.database, observer, unlocked_by(broken));
  // Suspended work of processes that were killed refers to it for ever.
  auto* world = new World(stage, traffic, observer, ground.fixture, broken);

  loop.post([&] {
    try {
      Game(*world).play();
      report.is_good = true;
    } catch (const std::exception& error) {
      tell_failure(stage, seed, wishes, error.what());
    }
    loop.stop();
  });
  loop.run();
  report.hash = stage.hash();
  report.counts = world->counts;
  for (ShopProcess& shop : world->processes) shop.gate.clean_up();
  return report;
}

// Each game has a process of its own: nothing is left over from the one before, and a bug that
// stops the process is one seed's.
pid_t start_game(const Ground& ground, std::uint64_t seed, const Wishes& wishes, int& pipe_end) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::runtime_error("there is no pipe left");
  (void)std::fflush(stdout);
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("there is no process left");
  if (child == 0) {
    const Report report = play(ground, seed, wishes);
    const auto written = ::write(ends[1], &report, sizeof report);
    (void)std::fflush(stdout);
    ::_exit(written == sizeof report ? 0 : 1);
  }
  ::close(ends[1]);
  pipe_end = ends[0];
  return child;
}

Report take_report(int pipe_end, std::uint64_t seed, const Wishes& wishes, pid_t child) {
  Report report;
  const auto read = ::read(pipe_end, &report, sizeof report);
  ::close(pipe_end);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (read != sizeof report) {
    fmt::print("seed {}: the process stopped (status {})\n  again: {}\n", seed, status,
               replay_command(seed, wishes));
    return {};
  }
  return report;
}

class Tournament {
 public:
  explicit Tournament(const Wishes& wishes)
      : wishes_(wishes),
        server_({"autovacuum=off", "max_wal_size=4GB", "synchronous_commit=off",
                 "deadlock_timeout=100ms", "plan_cache_mode=force_generic_plan",
                 "log_min_messages=fatal"}) {
    create_template(server_, fixture_);
  }

  int run() {
    const auto began = std::chrono::steady_clock::now();
    struct Table {
      pid_t child = 0;
      int pipe_end = -1;
      std::uint64_t seed = 0;
      int games = 0;
      std::string database;
    };
    std::vector<Table> tables(static_cast<std::size_t>(wishes_.jobs));
    std::uint64_t next = wishes_.seed.value_or(wishes_.from);
    const std::uint64_t end =
        wishes_.seed ? next + 1 : next + static_cast<std::uint64_t>(wishes_.seeds);
    const std::uint64_t first = next;
    while (next < end || std::ranges::any_of(tables, [](const Table& t) { return t.child != 0; })) {
      for (std::size_t i = 0; i < tables.size(); ++i) {
        Table& table = tables[i];
        if (table.child != 0) {
          finish(take_report(table.pipe_end, table.seed, wishes_, table.child));
          table.child = 0;
        }
        const bool is_over = next >= end || (!wishes_.broken.empty() && failed_ > 0);
        if (is_over) {
          next = end;
          continue;
        }
        // A fresh copy now and then: PostgreSQL's own tables fill up with what was emptied.
        constexpr int games_per_copy = 200;
        if (table.games++ % games_per_copy == 0) {
          table.database = fmt::format("simulation_{}", i);
          copy_template(server_, table.database);
        }
        table.seed = next++;
        table.child =
            start_game({server_, table.database, fixture_}, table.seed, wishes_, table.pipe_end);
        if (!wishes_.seed && (table.seed - first + 1) % 100 == 0) tell_progress();
      }
    }
    return tell_end(std::chrono::steady_clock::now() - began);
  }

  // Whether two games of one seed are the same.
  int run_twice() {
    const Ground ground{server_, "simulation_twice", fixture_};
    int differences = 0;
    for (std::int64_t i = 0; i < wishes_.seeds; ++i) {
      const std::uint64_t seed = wishes_.from + static_cast<std::uint64_t>(i);
      std::array<std::uint64_t, 2> hashes{};
      for (auto& hash : hashes) {
        if (i == 0) copy_template(server_, ground.database);
        int pipe_end = -1;
        const pid_t child = start_game(ground, seed, wishes_, pipe_end);
        hash = take_report(pipe_end, seed, wishes_, child).hash;
      }
      if (hashes[0] != hashes[1]) ++differences;
      fmt::print("seed {}: {:016x} {}\n", seed, hashes[0],
                 hashes[0] == hashes[1] ? "twice" : "and another schedule the second time");
    }
    return differences == 0 ? 0 : 1;
  }

 private:
  void finish(const Report& report) {
    ++games_;
    if (!report.is_good) ++failed_;
    hash_ ^= report.hash;
    const Counts& c = report.counts;
    sum_.steps += c.steps;
    sum_.orders += c.orders;
    sum_.placed += c.placed;
    sum_.payments += c.payments;
    sum_.refunds += c.refunds;
    sum_.expired += c.expired;
    sum_.canceled += c.canceled;
    sum_.late_money += c.late_money;
    sum_.coupons += c.coupons;
    sum_.staff_refunds += c.staff_refunds;
    sum_.refused_for_stock += c.refused_for_stock;
    sum_.kills += c.kills;
    sum_.cuts += c.cuts;
  }

  void tell_progress() const {
    fmt::print("{} seeds, {} orders, {} violations\n", games_, sum_.orders, failed_);
    (void)std::fflush(stdout);
  }

  int tell_end(std::chrono::steady_clock::duration took) const {
    const double seconds = std::chrono::duration<double>(took).count();
    fmt::print(
        "seeds {}, steps {}, orders {}, placed {}, payments {}, refunds {}, expiries {},"
        " cancellations {}, late money {}, coupons {}, staff refunds {}, sold out {}, kills {}, "
        "cut connections {},"
        " violations {}; {:.0f} s, schedules {:016x}\n",
        games_, sum_.steps, sum_.orders, sum_.placed, sum_.payments, sum_.refunds, sum_.expired,
        sum_.canceled, sum_.late_money, sum_.coupons, sum_.staff_refunds, sum_.refused_for_stock,
        sum_.kills, sum_.cuts, failed_, seconds, hash_);
    if (wishes_.broken.empty()) return failed_ == 0 ? 0 : 1;
    fmt::print("negative control {}: {}\n", wishes_.broken,
               failed_ > 0 ? fmt::format("caught after {} seeds", games_) : "NOT CAUGHT");
    return failed_ > 0 ? 0 : 1;
  }

  const Wishes& wishes_;
  Fixture fixture_;
  pg::test::Server server_;
  std::int64_t games_ = 0;
  std::int64_t failed_ = 0;
  std::uint64_t hash_ = 0;
  Counts sum_;
};

}  // namespace

}  // namespace osier::simulation

int main(int argc, char** argv) {
  using namespace osier::simulation;
  CLI::App app("Plays random shops, each from a seed.");
  Wishes wishes;
  app.add_option("--seeds", wishes.seeds, "How many games (200)")->check(CLI::PositiveNumber);
  app.add_option("--from", wishes.from, "The first seed (1)");
  app.add_option("--seed", wishes.seed, "Only this game, with its record");
  app.add_option("--jobs", wishes.jobs, "Games side by side (2)")->check(CLI::Range(1, 64));
  app.add_flag("--verbose", wishes.is_verbose, "Prints every step");
  app.add_flag("--twice", wishes.is_twice, "Plays each seed twice and compares the schedules");
  std::vector<std::string> names;
  for (const auto& [name, member] : controls) names.push_back(name);
  app.add_option("--broken", wishes.broken, "Breaks a rule; then a seed must be caught")
      ->check(CLI::IsMember(names));
  CLI11_PARSE(app, argc, argv);
  if (wishes.seed) {
    wishes.is_verbose = true;
    wishes.jobs = 1;
  }
  try {
    Tournament tournament(wishes);
    return wishes.is_twice ? tournament.run_twice() : tournament.run();
  } catch (const std::exception& error) {
    fmt::print(stderr, "shop_simulation: {}\n", error.what());
    return 2;
  }
}
