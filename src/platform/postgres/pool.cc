#include "platform/postgres/pool.h"

#include <algorithm>

#include "platform/async/asio_await.h"
#include "platform/postgres/error.h"

namespace osier::pg {

namespace {

constexpr Duration pause_after_failure = 100ms;
constexpr Statement rollback_sql{"osier.rollback", "ROLLBACK"};

}  // namespace

struct Pool::Waiter {
  explicit Waiter(Loop& loop) : timer(loop.io()) {}
  boost::asio::steady_timer timer;
  std::shared_ptr<Connection> granted;
  std::string refused;
};

Task<std::shared_ptr<Connection>> Pool::acquire() {
  if (closed_) throw Unavailable("the database is closed");
  if (!idle_.empty() && waiters_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    count_idle();
    co_return connection;
  }
  if (open_ == 0 && opening_ == 0 && is_throttled()) throw Unavailable(last_failure_);
  if (static_cast<int>(waiters_.size()) >= options_.waiting_max) {
    throw Unavailable("too many callers wait for a database connection");
  }

  const auto self = shared_from_this();
  const auto waiter = std::make_shared<Waiter>(loop_);
  waiters_.push_back(waiter);
  ++waiting_;
  open_if_useful();
  co_await wait_in_line(waiter, options_.acquire_timeout);
  // The very first connection may take longer than an answer to "is one free" should.
  if (!waiter->granted && waiter->refused.empty() && open_ == 0 && opening_ > 0) {
    co_await wait_in_line(waiter, options_.connect_timeout);
  }
  --waiting_;
  if (waiter->granted) co_return std::move(waiter->granted);
  std::erase(waiters_, waiter);
  if (!waiter->refused.empty()) throw Unavailable(waiter->refused);
  throw Unavailable("no database connection was free in time");
}

Task<void> Pool::wait_in_line(std::shared_ptr<Waiter> waiter, Duration limit) {
  if (waiter->granted || !waiter->refused.empty()) co_return;
  waiter->timer.expires_after(limit);
  co_await asio_await<>([&](auto done) { waiter->timer.async_wait(std::move(done)); });
}

void Pool::release(std::shared_ptr<Connection> connection) {
  if (closed_ || connection->is_worn()) connection->close();
  // The server itself would have ended a statement that is only slow: it is silent, and so are the
  // others that were opened to it, one of which the next caller would wait for.
  if (connection->is_timed_out()) drop_idle();
  if (!connection->is_closed() && !connection->is_outside_transaction()) {
    loop_.spawn(roll_back(shared_from_this(), std::move(connection)));
    return;
  }
  lend_or_keep(std::move(connection));
}

void Pool::lend_or_keep(std::shared_ptr<Connection> connection) {
  if (connection->is_closed()) {
    --open_;
    open_if_useful();
    return;
  }
  if (closed_) {
    connection->close();
    --open_;
    return;
  }
  if (!waiters_.empty()) {
    const auto waiter = std::move(waiters_.front());
    waiters_.pop_front();
    waiter->granted = std::move(connection);
    waiter->timer.cancel();
    return;
  }
  connection->watch();
  idle_.push_back(std::move(connection));
  count_idle();
}

Task<void> Pool::roll_back(std::shared_ptr<Pool> pool, std::shared_ptr<Connection> connection) {
  pool->busy_.push_back(connection);
  connection->add(rollback_sql);
  try {
    co_await connection->exchange(Ending::open);
  } catch (const Error&) {
    connection->close();  // The server rolls back what its client has left.
  }
  std::erase(pool->busy_, connection);
  pool->lend_or_keep(std::move(connection));
}

void Pool::open_if_useful() {
  while (!closed_ && static_cast<int>(waiters_.size()) > opening_ &&
         open_ + opening_ < options_.connections_per_loop && !is_throttled()) {
    ++opening_;
    loop_.spawn(open_one(shared_from_this()));
  }
}

Task<void> Pool::open_one(std::shared_ptr<Pool> pool) {
  auto connection = std::make_shared<Connection>(pool->loop_, pool->settings());
  pool->busy_.push_back(connection);
  try {
    co_await connection->open();
  } catch (const std::exception& error) {
    connection->close();
    pool->last_failure_ = error.what();
  }
  std::erase(pool->busy_, connection);
  --pool->opening_;
  if (!connection->is_closed()) {
    ++pool->open_;
    Pool* const home = pool.get();
    connection->watch({[home](Connection& dead) { home->forget(dead); }, nullptr});
    pool->lend_or_keep(std::move(connection));
    co_return;
  }
  pool->no_attempt_before_ = std::chrono::steady_clock::now() + pause_after_failure;
  if (pool->open_ == 0 && pool->opening_ == 0) pool->refuse_waiters();
}

void Pool::refuse_waiters() {
  for (const auto& waiter : std::exchange(waiters_, {})) {
    waiter->refused = last_failure_;
    waiter->timer.cancel();
  }
}

void Pool::forget(Connection& connection) {
  const auto found = std::find_if(idle_.begin(), idle_.end(),
                                  [&](const auto& idle) { return idle.get() == &connection; });
  if (found == idle_.end()) return;
  idle_.erase(found);
  count_idle();
  --open_;
}

void Pool::drop_idle() {
  for (const auto& connection : idle_) connection->close();
  open_ -= static_cast<int>(idle_.size());
  idle_.clear();
  count_idle();
}

void Pool::close() {
  closed_ = true;
  drop_idle();
  const auto busy = busy_;  // Each takes itself off the list.
  for (const auto& connection : busy) connection->abort();
  last_failure_ = "the database is closed";
  refuse_waiters();
}

Connection::Settings Pool::settings() const {
  return {options_.connection, options_.connect_timeout, options_.statement_timeout,
          options_.lock_timeout};
}

}  // namespace osier::pg
