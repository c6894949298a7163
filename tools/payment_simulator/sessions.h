// Checkout sessions: made by the shop, paid on the hosted page, or expired.

#pragma once

#include <set>
#include <string>

#include "books.h"
#include "intents.h"
#include "params.h"

namespace osier::simulator {

class Sessions {
 public:
  Sessions(Books& books, Intents& intents) : books_(books), intents_(intents) {}

  Answer<json::Object> create(const Call& call, Params params);
  Answer<json::Object> update(const std::string& id, Params params);
  Answer<json::Object> expire(const Call& call, const std::string& id);
  // Expires what is past its time.
  void expire_due();

  // What the hosted page does. `email` and `name` come from its form.
  struct Attempt {
    std::string email;
    std::string name;
    CardEntry card;
  };
  enum class Paid { done, needs_challenge };
  Answer<Paid> pay(const Call& call, const std::string& id, const Attempt& attempt);
  Answer<void> finish_challenge(const Call& call, const std::string& id,
                                Intents::Challenge outcome);
  // The page to go on to, with {CHECKOUT_SESSION_ID} filled in.
  static std::string success_url_of(const json::Object& session);

 private:
  void complete(const Call& call, json::Object& session, const json::Object& intent);
  void close(const Call& call, json::Object& session);

  struct Line {
    std::string name;
    std::string description;
    std::string image;
    std::int64_t unit_amount = 0;
    std::int64_t quantity = 1;
  };
  void read_settings(Params& params, json::Object& session);
  std::int64_t read_expiry(Params& params);
  std::optional<Line> read_line(Params& item, std::string& currency);
  std::int64_t read_lines(Params& params, json::Object& session, json::Array& items);
  void read_shipping(Params& params, json::Object& session);
  void read_intent_data(Params& params, json::Object& session);

  Books& books_;
  Intents& intents_;
  std::set<std::pair<std::int64_t, std::string>> open_;  // By expires_at.
  std::unordered_map<std::string, json::Object> intent_data_;
};

}  // namespace osier::simulator
