#include "platform/postgres/connection.h"

#include <libpq-fe.h>

#include <algorithm>
#include <cstring>

#include "platform/postgres/error.h"
#include "platform/postgres/error_field.h"

namespace osier::pg {

namespace {

// How much longer than the server's own statement timeout the client waits.
constexpr Duration client_patience = 1s;

bool has_nul(const Step& step) {
  return std::any_of(step.parameters->begin(), step.parameters->end(), [](const Text& parameter) {
    return parameter && parameter->find('\0') != std::string::npos;
  });
}

const std::vector<Text> no_parameters;

}  // namespace

std::string without_newline(const char* message) {
  std::string text = message == nullptr ? "" : message;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

// How far the exchange that is under way has come, and what went wrong.
struct Connection::Progress {
  explicit Progress(Ending how) : ending(how) {}

  Ending ending;
  std::size_t at = 0;       // In sent_.
  bool has_result = false;  // sent_[at] was answered; the end of its answer has not come.
  bool has_ended = false;
  bool is_flushed = false;
  bool is_commit_answered = false;
  std::optional<StatementFailed> failure;
  std::string fatal;  // The server's last words on this connection.
  std::exception_ptr error;
};

void Connection::add(const Statement& statement) {
  steps_.push_back({statement.name(), statement.sql(), &no_parameters});
}

void Connection::add(const Call& call) {
  steps_.push_back({call.statement->name(), call.statement->sql(), &call.parameters});
}

Task<void> Connection::exchange(Ending ending) {
  const auto self = shared_from_this();
  require(!exchanging_, "a connection carries one exchange at a time");
  require(!steps_.empty(), "an exchange has a step");
  Progress progress{ending};
  exchanging_ = true;
  send_steps();
  set_deadline(settings_.statement_timeout + client_patience);

  while (!progress.has_ended && !progress.error) {
    const int flushing = PQflush(connection_);
    progress.is_flushed = flushing == 0;
    if (take_answers(progress)) break;
    if (flushing < 0 || !progress.fatal.empty() || PQstatus(connection_) == CONNECTION_BAD) {
      lose(progress, last_error());
      break;
    }
    Ready ready{*this, true, flushing == 1};
    co_await ready;
    if (is_closed()) {
      lose(progress, "closed");
    } else if (timed_out_) {
      lose(progress, "no answer in time");
    } else if (PQconsumeInput(connection_) == 0) {
      // What came before the end may still hold the answer to COMMIT.
      if (!take_answers(progress)) lose(progress, last_error());
    } else {
      set_deadline(settings_.statement_timeout + client_patience);
    }
  }
  finish(progress);
}

// Queues everything in libpq, whose buffer grows as needed; exchange() writes it out while it
// reads.
void Connection::send_steps() {
  results_.clear();
  results_.resize(steps_.size());
  sent_.clear();
  commit_not_replicated_ = false;
  if (is_closed()) return;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    const int position = static_cast<int>(i);
    if (has_nul(step)) {
      // Text parameters end at a NUL: the value would be cut off without a word. An unknown
      // statement in its place makes the server skip the rest, as after any failure.
      PQsendQueryParams(connection_, "SELECT convert_from('\\x00', 'UTF8')", 0, nullptr, nullptr,
                        nullptr, nullptr, 0);
      sent_.push_back({position, false});
      continue;
    }
    if (step.name[0] != '\0') {
      const auto [known, is_new] = prepared_.try_emplace(step.name, step.sql);
      require(known->second == step.sql || std::strcmp(known->second, step.sql) == 0,
              "a statement's name stands for one SQL text");
      if (is_new) {
        PQsendPrepare(connection_, step.name, step.sql, 0, nullptr);
        sent_.push_back({position, true});
      }
    }
    send(step);
    sent_.push_back({position, false});
  }
  PQpipelineSync(connection_);
}

void Connection::send(const Step& step) {
  values_.clear();
  for (const Text& parameter : *step.parameters) {
    values_.push_back(parameter ? parameter->c_str() : nullptr);
  }
  const int count = static_cast<int>(values_.size());
  if (step.name[0] != '\0') {
    PQsendQueryPrepared(connection_, step.name, count, values_.data(), nullptr, nullptr, 0);
  } else {
    PQsendQueryParams(connection_, step.sql, count, nullptr, values_.data(), nullptr, nullptr, 0);
  }
}

bool Connection::take_answers(Progress& progress) {
  int ends = 0;  // Two in a row: libpq has nothing more for us, since the connection is gone.
  while (ends < 2 && !is_closed() && PQisBusy(connection_) == 0) {
    pg_result* const raw = PQgetResult(connection_);
    if (raw == nullptr) {
      ++ends;
      if (std::exchange(progress.has_result, false)) ++progress.at;
      continue;
    }
    ends = 0;
    std::shared_ptr<pg_result> result(raw, &PQclear);
    if (PQresultStatus(raw) == PGRES_PIPELINE_SYNC) {
      progress.has_ended = true;
      return true;
    }
    take_result(std::move(result), progress);
    if (!progress.fatal.empty()) return false;
  }
  return false;
}

void Connection::take_result(std::shared_ptr<pg_result> result, Progress& progress) {
  const auto status = PQresultStatus(result.get());
  progress.has_result = true;
  if (status == PGRES_FATAL_ERROR) record_failure(result.get(), progress);
  // The commit of statements outside a transaction happens, and may fail, at the Sync after the
  // last of them.
  if (progress.at >= sent_.size()) return;

  const Sent& sent = sent_[progress.at];
  const bool is_done =
      status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
  if (sent.is_prepare) {
    if (!is_done) prepared_.erase(steps_[static_cast<std::size_t>(sent.step)].name);
    return;
  }
  if (!is_done) return;
  const bool is_last = progress.at + 1 == sent_.size();
  if (is_last && progress.ending == Ending::commits_by_step) {
    progress.is_commit_answered = true;
    // COMMIT of a transaction that had failed "succeeds" as a rollback.
    if (std::strcmp(PQcmdStatus(result.get()), "ROLLBACK") == 0) {
      progress.failure.emplace("the transaction had failed and was rolled back", "25P02", "");
    }
  }
  results_[static_cast<std::size_t>(sent.step)] = Rows(std::move(result));
}

void Connection::record_failure(const pg_result* result, Progress& progress) {
  const std::string sqlstate = field_of(result, PG_DIAG_SQLSTATE);
  const std::string severity = field_of(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (sqlstate.empty() || severity == "FATAL" || severity == "PANIC") {
    // Made by libpq itself, or the server's goodbye: the connection is gone.
    progress.fatal = without_newline(PQresultErrorMessage(result));
    if (progress.fatal.empty()) progress.fatal = "connection lost";
    return;
  }
  if (progress.failure) return;
  const std::size_t at = std::min(progress.at, sent_.size() - 1);
  const char* name = steps_[static_cast<std::size_t>(sent_[at].step)].name;
  // Only the primary message: details quote values, which may be personal data.
  progress.failure.emplace(std::string(name) + ": " + field_of(result, PG_DIAG_MESSAGE_PRIMARY),
                           sqlstate, field_of(result, PG_DIAG_CONSTRAINT_NAME));
  // A schema that changed under a prepared statement, or a pooler that forgot it: a new connection
  // mends that.
  if (sqlstate == "0A000" || sqlstate == "26000") worn_ = true;
}

void Connection::lose(Progress& progress, std::string why) {
  close();
  if (!progress.fatal.empty()) why = progress.fatal;
  why = "the connection to the database was lost: " + why;
  const bool may_be_written =
      (progress.ending == Ending::commits_by_step && !progress.is_commit_answered) ||
      progress.ending == Ending::commits_by_itself;
  // The commit is at the end of what is sent: while some of it waits here, the server has not seen
  // it. Nor does it commit past a failed statement.
  if (may_be_written && progress.is_flushed && !progress.failure) {
    progress.error = std::make_exception_ptr(OutcomeUnknown(why));
  } else if (!progress.is_commit_answered) {
    progress.error = std::make_exception_ptr(Unavailable(why));
  } else {
    progress.has_ended = true;  // Committed, and we know it.
  }
}

void Connection::finish(Progress& progress) {
  if (!progress.has_ended && !progress.error) lose(progress, last_error());
  steps_.clear();
  exchanging_ = false;
  if (progress.error) std::rethrow_exception(progress.error);
  if (progress.failure) {
    // The server became a standby under us: what another server takes over will serve the next try.
    if (progress.failure->sqlstate() == "25006") {
      close();
      throw Unavailable("the database accepts no writes at present");
    }
    throw *progress.failure;
  }
  if (commit_not_replicated_) {
    throw OutcomeUnknown("committed on the primary, but the standby did not confirm in time");
  }
}

bool Connection::is_outside_transaction() const {
  return !is_closed() && PQtransactionStatus(connection_) == PQTRANS_IDLE;
}

void Connection::watch(IdleHandlers handlers) {
  idle_ = std::move(handlers);
  watch();
}

void Connection::watch() {
  if (idle_.notified) deliver_notifications();  // Some may have come along with an answer.
  arm_read();
}

// An armed wait stays until it fires, across exchanges, so that each costs at most one system call.
void Connection::arm_read() {
  if (reading_ || is_closed()) return;
  reading_ = true;
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [self = shared_from_this()](boost::system::error_code) {
                       self->reading_ = false;
                       self->woken();
                     });
}

void Connection::arm_write() {
  if (writing_ || is_closed()) return;
  writing_ = true;
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_write,
                     [self = shared_from_this()](boost::system::error_code) {
                       self->writing_ = false;
                       self->woken();
                     });
}

void Connection::woken() {
  if (waiter_) {
    std::exchange(waiter_, nullptr).resume();
  } else if (!exchanging_ && !is_closed()) {
    idle_input();
  }
}

void Connection::idle_input() {
  if (PQconsumeInput(connection_) == 0) {
    close();
    if (idle_.died) idle_.died(*this);
    return;
  }
  deliver_notifications();
  arm_read();
}

void Connection::deliver_notifications() {
  while (pgNotify* notify = is_closed() ? nullptr : PQnotifies(connection_)) {
    const std::shared_ptr<pgNotify> owner(notify, &PQfreemem);
    if (idle_.notified) idle_.notified(notify->relname, notify->extra);
  }
}

void Connection::set_deadline(Duration from_now) {
  deadline_ = std::chrono::steady_clock::now() + from_now;
}

// One timer outlives many exchanges: it is set again when it fires too early, rather than cancelled
// each time.
void Connection::arm_timer() {
  if (timer_armed_) return;
  timer_armed_ = true;
  timer_.expires_at(deadline_);
  timer_.async_wait([self = shared_from_this()](boost::system::error_code) {
    self->timer_armed_ = false;
    if (!self->waiter_) return;
    if (std::chrono::steady_clock::now() < self->deadline_) {
      self->arm_timer();
    } else {
      self->timed_out_ = true;
      std::exchange(self->waiter_, nullptr).resume();
    }
  });
}

void Connection::take_notice(void* self, const pg_result* notice) {
  // statement_timeout ends the wait for a synchronous standby with no more than a warning.
  if (field_of(notice, PG_DIAG_SOURCE_FUNCTION) == "SyncRepWaitForLSN") {
    static_cast<Connection*>(self)->commit_not_replicated_ = true;
  }
}

}  // namespace osier::pg
