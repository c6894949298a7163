// The routes of the hosted pages: /c/pay/{session}, its challenge, and /c/challenge/{intent} for
// payments made by API.

#pragma once

#include "api.h"
#include "platform/http/router.h"

namespace osier::simulator {

class Hosted {
 public:
  Hosted(const Api& api, Books& books, Intents& intents, Sessions& sessions)
      : api_(api), books_(books), intents_(intents), sessions_(sessions) {}

  void add_routes(http::Router& router);

 private:
  http::Response show(const http::Request& request);
  http::Response pay(const http::Request& request);
  http::Response show_challenge(const http::Request& request);
  http::Response end_challenge(const http::Request& request);
  http::Response show_intent_challenge(const http::Request& request);
  http::Response end_intent_challenge(const http::Request& request);
  // The intent named by the path, if the query's client_secret is its own and it waits for
  // authentication.
  json::Object* waiting_intent(const http::Request& request);
  Call call_of(const http::Request& request);

  const Api& api_;
  Books& books_;
  Intents& intents_;
  Sessions& sessions_;
};

}  // namespace osier::simulator
