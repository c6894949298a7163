// What can go wrong with the database, by what the caller may do about it.

#pragma once

#include <stdexcept>
#include <string>

namespace osier::pg {

class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// No connection, no free one in time, or it was lost before a commit was sent: nothing was written.
// Safe to try again. Handlers answer 503.
class Unavailable : public Error {
 public:
  using Error::Error;
};

// The connection was lost after COMMIT was sent and before its answer came: written or not, only a
// look tells.
class OutcomeUnknown : public Error {
 public:
  using Error::Error;
};

// PostgreSQL refused the statement; the transaction is rolled back.
class StatementFailed : public Error {
 public:
  StatementFailed(const std::string& message, std::string sqlstate, std::string constraint)
      : Error(message), sqlstate_(std::move(sqlstate)), constraint_(std::move(constraint)) {}

  // Five characters, e.g. "23505" for unique_violation (PostgreSQL appendix A).
  const std::string& sqlstate() const { return sqlstate_; }
  // The name of the violated constraint, or empty.
  const std::string& constraint() const { return constraint_; }

  bool is_unique_violation() const { return sqlstate_ == "23505"; }
  // Serialization failure, deadlock, lock timeout: the same transaction may well succeed on another
  // try.
  bool is_retryable() const {
    return sqlstate_ == "40001" || sqlstate_ == "40P01" || sqlstate_ == "55P03";
  }

 private:
  std::string sqlstate_;
  std::string constraint_;
};

}  // namespace osier::pg
