#include "orders/order_wire.h"

#include <cstdlib>

namespace osier::orders {

std::string_view wire_status(OrderStatus status) {
  switch (status) {
    case OrderStatus::draft:
      return "draft";
    case OrderStatus::pending:
    case OrderStatus::placed:
      return "pending";
    case OrderStatus::completed:
      return "completed";
    case OrderStatus::expired:
    case OrderStatus::canceled:
      return "canceled";
  }
  std::abort();
}

std::string_view wire_payment_status(OrderPaymentStatus status) {
  switch (status) {
    case OrderPaymentStatus::unpaid:
    case OrderPaymentStatus::failed:
      return "not_paid";
    case OrderPaymentStatus::pending:
      return "awaiting";
    case OrderPaymentStatus::authorized:
      return "authorized";
    case OrderPaymentStatus::partially_paid:
      return "partially_captured";
    case OrderPaymentStatus::paid:
    case OrderPaymentStatus::overpaid:
      return "captured";
    case OrderPaymentStatus::partially_refunded:
      return "partially_refunded";
    case OrderPaymentStatus::refunded:
      return "refunded";
    case OrderPaymentStatus::voided:
      return "canceled";
  }
  std::abort();
}

std::string_view wire_fulfilment_status(std::string_view status) {
  if (status == "not_required" || status == "unfulfilled" || status == "on_hold")
    return "not_fulfilled";
  return status;
}

}  // namespace osier::orders
