// The shopper's page of an order: thanks, status, what was agreed, and, while it is not paid,
// paying or giving up. Whoever has the link may see it; it is nobody else's: never stored, indexed
// or passed on as a referrer.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "catalog/storefront.h"
#include "orders/order.h"
#include "orders/order_view.h"
#include "payments/payments.h"

namespace osier::orders {

// What the page is about.
enum class OrderPageState {
  to_pay,      // Pending, and the provider's page is open to pay on.
  confirming,  // Pending; the shopper has paid, as far as the browser knows, or the money is on its
               // way.
  waiting,     // Pending, and paid elsewhere (a storefront of its own).
  unpayable,   // Pending, and every payment has ended: about to be released.
  thanks,      // Placed.
  transfer,    // Placed, and the money is to be transferred.
  expired,
  canceled,
};

// `has_returned`: the browser came back from the provider's page saying that it was paid. It only
// decides what is said.
OrderPageState state_of(const Order& order, const std::vector<payments::Payment>& payments,
                        bool has_returned);

// The payment that can be paid on the provider's page; nullptr if there is none.
const payments::Payment* payable_payment(const std::vector<payments::Payment>& payments);

// What went wrong in a step the shopper just took: the page's address carries its word.
enum class OrderProblem { provider_unavailable, provider_refused, cancel_unavailable };

// What the page's address asks for.
struct OrderPageQuery {
  bool has_returned = false;
  int look = 1;  // How many times the page has looked for the payment, from 1 to looks_max.
  std::optional<OrderProblem> problem;
};
inline constexpr int looks_max = 10;
inline constexpr int look_pause_seconds = 3;
OrderPageQuery read_order_page_query(const http::Request& request);

struct OrderPageView {
  struct Step {
    std::string label;
    bool is_done = false;

    static constexpr auto fields() {
      return html::fields<Step>(html::field("label", &Step::label),
                                html::field("is_done", &Step::is_done));
    }
  };
  std::shared_ptr<const web::Shell> shell;
  web::Head head;
  OrderView order;
  std::string title;
  std::string message;
  std::string held_until;     // While it waits for its payment; else empty.
  std::string problem;        // A notice; empty: none.
  std::string problem_class;  // "warn" or "bad".
  std::vector<Step> steps;    // Empty for an order that is over.
  std::string pay_url;        // Posted to; empty: nothing to pay here.
  std::string cancel_url;     // Posted to; empty: cannot be canceled here.
  std::string look_url;       // To look again by hand; empty: the page does it itself, or need not.
  std::string again_url;      // Back to the cart, where an order is over; else empty.
  std::string withdrawal_url;  // About returns and withdrawal; empty while nothing was bought.
  std::string payment;         // How far it is paid or paid back; empty while it is not placed.
  std::vector<RefundView> refunds;

  static constexpr auto fields() {
    return html::fields<OrderPageView>(
        html::field("shell", &OrderPageView::shell), html::field("head", &OrderPageView::head),
        html::field("order", &OrderPageView::order), html::field("title", &OrderPageView::title),
        html::field("message", &OrderPageView::message),
        html::field("held_until", &OrderPageView::held_until),
        html::field("problem", &OrderPageView::problem),
        html::field("problem_class", &OrderPageView::problem_class),
        html::field("steps", &OrderPageView::steps),
        html::field("pay_url", &OrderPageView::pay_url),
        html::field("cancel_url", &OrderPageView::cancel_url),
        html::field("look_url", &OrderPageView::look_url),
        html::field("again_url", &OrderPageView::again_url),
        html::field("withdrawal_url", &OrderPageView::withdrawal_url),
        html::field("payment", &OrderPageView::payment),
        html::field("refunds", &OrderPageView::refunds));
  }
};

OrderPageView page_view_of(const Order& order, const std::vector<payments::Payment>& payments,
                           const OrderPageQuery& query, const catalog::PageContext& context,
                           const std::vector<OrderRefund>& refunds = {});

}  // namespace osier::orders
