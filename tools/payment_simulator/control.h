// The control interface for tests: /_simulator/health, state, faults, advance, pay.

#pragma once

#include "api.h"
#include "platform/http/router.h"

namespace osier::simulator {

class Control {
 public:
  Control(Books& books, Intents& intents, Sessions& sessions, Faults& faults, Webhooks& webhooks)
      : books_(books),
        intents_(intents),
        sessions_(sessions),
        faults_(faults),
        webhooks_(webhooks) {}

  void add_routes(http::Router& router);

 private:
  Task<http::Response> state(http::Request request);
  Task<http::Response> add_faults(http::Request request);
  Task<http::Response> list_faults(http::Request request);
  Task<http::Response> clear_faults(http::Request request);
  Task<http::Response> advance(http::Request request);
  Task<http::Response> pay(http::Request request);

  Books& books_;
  Intents& intents_;
  Sessions& sessions_;
  Faults& faults_;
  Webhooks& webhooks_;
};

}  // namespace osier::simulator
