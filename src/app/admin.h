// The admin portal of one process: its pages, who may open them, and its listener.

#pragma once

#include <optional>

#include "app/shop.h"
#include "identity/staff_guard.h"
#include "platform/http/server.h"
#include "web/admin_portal.h"

namespace osier::app {

class Admin {
 public:
  // The shop is loaded, and outlives it.
  explicit Admin(Shop& shop);

  const http::Router& router() const { return router_; }
  // Nothing of it is public: it answers to the host of its own address alone.
  http::ServerOptions server_options() const;

 private:
  void add_filters();
  void add_routes();
  void add_navigation();

  Shop& shop_;
  web::AdminPortal portal_;
  identity::ApiKeys keys_;
  identity::StaffGuard guard_;
  http::Router router_;
};

}  // namespace osier::app
