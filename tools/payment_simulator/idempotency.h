// Idempotency keys as Stripe keeps them (https://docs.stripe.com/api/idempotent_requests): the
// first result of a key, errors and 500s too, is given again for 24 hours; other parameters under
// the same key are an error; a second call while the first is under way is 409. What failed before
// it was carried out (validation) leaves the key free.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "api_error.h"

namespace osier::simulator {

class IdempotencyKeys {
 public:
  struct Saved {
    int status = 200;
    std::string body;
    std::string request_id;  // Of the call that was carried out.
  };

  // Nothing: the key is new, or free again; the call goes on and ends with save() or release().
  // Saved: the answer of the first time. `call` says what is asked: method, path and parameters.
  Answer<std::optional<Saved>> begin(const std::string& key, const std::string& call,
                                     std::int64_t now);
  void save(const std::string& key, Saved saved);
  void release(const std::string& key) { records_.erase(key); }

 private:
  struct Record {
    std::string call_hash;
    std::int64_t begun_at = 0;
    std::optional<Saved> saved;
  };
  std::unordered_map<std::string, Record> records_;
};

}  // namespace osier::simulator
