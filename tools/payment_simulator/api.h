// The API under /v1: who may ask, idempotency, faults, and which call does what.

#pragma once

#include <string>
#include <vector>

#include "books.h"
#include "faults.h"
#include "idempotency.h"
#include "intents.h"
#include "params.h"
#include "platform/base/secret.h"
#include "platform/http/router.h"
#include "sessions.h"
#include "webhooks.h"

namespace osier::simulator {

struct Settings {
  Secret secret_key;
  std::string publishable_key;
  std::string public_url;  // Empty: what the caller's Host field says.
  std::string api_version = "2025-03-31.basil";
};

class Api {
 public:
  Api(const Settings& settings, Books& books, Intents& intents, Sessions& sessions, Faults& faults,
      Webhooks& webhooks)
      : settings_(settings),
        books_(books),
        intents_(intents),
        sessions_(sessions),
        faults_(faults),
        webhooks_(webhooks) {}

  void add_routes(http::Router& router);
  std::string base_url(const http::Request& request) const;

 private:
  struct Asked {
    http::Method method;
    std::string url;
    std::vector<std::string> path;  // Behind "/v1/".
    json::Object params;
    Call call;
    bool is_public = false;  // By the publishable key, which opens little.
  };
  struct Told {
    int status = 200;
    std::string body;
    bool has_executed = true;
    bool is_error = false;
  };

  Task<http::Response> answer(http::Request request);
  Answer<Asked> read(const http::Request& request, const Call& call,
                     const std::string& version) const;
  Answer<void> check_key(const http::Request& request, Asked& asked) const;
  static Told told_of(const ApiError& error, const Call& call);
  Told carry_out(Asked& asked);
  std::optional<http::Response> replay(const Asked& asked, const std::string& version);
  Answer<json::Object> dispatch(Asked& asked);
  Answer<json::Object> session_call(Asked& asked, Params params);
  Answer<json::Object> intent_call(Asked& asked, Params params);
  Answer<json::Object> refund_call(Asked& asked, Params params);
  Answer<json::Object> make_refund(Asked& asked, Params params);
  Answer<json::Object> webhook_endpoint_call(Asked& asked, Params params);
  Answer<json::Object> reading_call(Asked& asked, Params params);

  const Settings& settings_;
  Books& books_;
  Intents& intents_;
  Sessions& sessions_;
  Faults& faults_;
  Webhooks& webhooks_;
  IdempotencyKeys keys_;
};

}  // namespace osier::simulator
