// What an order's page and its confirmation mail both show: lines, sums, dates, addresses. Every
// string is ready to read in the language of the context.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/storefront.h"
#include "orders/order.h"
#include "orders/refund.h"

namespace osier::orders {

struct OrderView {
  struct Line {
    std::string title;
    std::string variant;  // "Small / Blue"; may be empty.
    std::string sku;
    std::string quantity;  // "3 × €12.00"
    std::string total;
    std::optional<web::PictureView> picture;  // While the product is still sold.

    static constexpr auto fields() {
      return html::fields<Line>(
          html::field("title", &Line::title), html::field("variant", &Line::variant),
          html::field("sku", &Line::sku), html::field("quantity", &Line::quantity),
          html::field("total", &Line::total), html::field("picture", &Line::picture));
    }
  };
  struct Sum {
    std::string label;
    std::string amount;
    bool is_total = false;

    static constexpr auto fields() {
      return html::fields<Sum>(html::field("label", &Sum::label),
                               html::field("amount", &Sum::amount),
                               html::field("is_total", &Sum::is_total));
    }
  };
  struct Delivery {
    std::string title;
    std::string dates;  // May be empty.

    static constexpr auto fields() {
      return html::fields<Delivery>(html::field("title", &Delivery::title),
                                    html::field("dates", &Delivery::dates));
    }
  };

  std::string number;
  std::string date;
  std::string email;
  std::vector<Line> lines;
  std::vector<Sum> sums;  // Subtotal, discounts, delivery, taxes and total, in this order.
  std::string total;
  std::vector<Delivery> deliveries;
  std::vector<std::string> shipping_address;  // Line by line.
  std::vector<std::string> billing_address;   // Empty if it is the same.

  static constexpr auto fields() {
    return html::fields<OrderView>(
        html::field("number", &OrderView::number), html::field("date", &OrderView::date),
        html::field("email", &OrderView::email), html::field("lines", &OrderView::lines),
        html::field("sums", &OrderView::sums), html::field("total", &OrderView::total),
        html::field("deliveries", &OrderView::deliveries),
        html::field("shipping_address", &OrderView::shipping_address),
        html::field("billing_address", &OrderView::billing_address));
  }
};

OrderView view_of(const Order& order, const catalog::PageContext& context);

// Money back, as a shopper is told about it.
struct RefundView {
  struct Line {
    std::string title;  // "2 × Mug, Blue"
    std::string amount;

    static constexpr auto fields() {
      return html::fields<Line>(html::field("title", &Line::title),
                                html::field("amount", &Line::amount));
    }
  };
  std::string date;
  std::string message;  // How much, and how far it is.
  std::string amount;
  std::string reason;
  std::vector<Line> lines;  // Units and delivery, if the refund is for these.

  static constexpr auto fields() {
    return html::fields<RefundView>(
        html::field("date", &RefundView::date), html::field("message", &RefundView::message),
        html::field("amount", &RefundView::amount), html::field("reason", &RefundView::reason),
        html::field("lines", &RefundView::lines));
  }
};

RefundView refund_view_of(const OrderRefund& refund, const Order& order,
                          const catalog::PageContext& context);
// Staff's own words; those of the shop in the shopper's language.
std::string refund_reason(const std::string& reason, const catalog::PageContext& context);

// As it stands on an envelope, in the order of the address's country; without the phone.
std::vector<std::string> address_lines(const Address& address, const locale::Locale& locale);

// The path of the order's page at any place: the link that opens it.
std::string path_of(const Order& order);

}  // namespace osier::orders
