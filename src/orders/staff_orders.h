// Orders as staff see them, and what they do with them. Personal data is masked; who may reveal it
// gives a reason, which is in the audit (hardening 61). What moves money asks for a recent proof
// first.
//
//   GET  /admin/orders?status=&payment=&number=&page=
//   GET  /admin/orders/{number}
//   POST /admin/orders/{number}/refund, /cancel, /capture, /refunded, /reveal
//   GET  /api/admin/orders, /api/admin/orders/{id}      for machines

#pragma once

#include "orders/orders.h"
#include "payments/payments.h"
#include "platform/http/router.h"
#include "web/admin_portal.h"

namespace osier::orders {

struct StaffOrderParts {
  pg::Database& database;
  Orders& orders;
  payments::Payments& payments;
  const Clock& clock;
};

// All outlive the router.
void add_staff_order_pages(http::Router& router, const web::AdminPortal& portal,
                           StaffOrderParts parts);
void add_staff_order_api(http::Router& router, StaffOrderParts parts);

}  // namespace osier::orders
