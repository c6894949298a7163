// What the pages of orders for staff show. Every string is ready to read. Internal to the room.

#pragma once

#include <string>
#include <vector>

#include "orders/order.h"
#include "orders/order_list.h"
#include "orders/refund.h"
#include "web/admin_portal.h"

namespace osier::orders {

struct StatusView {
  std::string label;
  std::string kind;  // "good", "warn", "bad" or empty.

  static constexpr auto fields() {
    return html::fields<StatusView>(html::field("label", &StatusView::label),
                                    html::field("kind", &StatusView::kind));
  }
};

// admin_orders.html.
struct StaffOrdersView : web::AdminPage {
  struct Row {
    std::string url;
    std::string number;
    std::string at;
    std::string market;
    std::string total;
    StatusView status;
    StatusView payment;

    static constexpr auto fields() {
      return html::fields<Row>(html::field("url", &Row::url), html::field("number", &Row::number),
                               html::field("at", &Row::at), html::field("market", &Row::market),
                               html::field("total", &Row::total),
                               html::field("status", &Row::status),
                               html::field("payment", &Row::payment));
    }
  };
  std::string number;
  std::vector<web::OptionView> statuses;
  std::vector<web::OptionView> payments;
  std::vector<Row> rows;
  std::string count;
  std::string newer_url;  // Empty: there are none.
  std::string older_url;

  static constexpr auto fields() {
    using View = StaffOrdersView;
    return html::fields<View>(
        html::field("shell", &View::shell), html::field("head", &View::head),
        html::field("number", &View::number), html::field("statuses", &View::statuses),
        html::field("payments", &View::payments), html::field("rows", &View::rows),
        html::field("count", &View::count), html::field("newer_url", &View::newer_url),
        html::field("older_url", &View::older_url));
  }
};

// admin_order.html.
struct StaffOrderView : web::AdminPage {
  struct Line {
    std::string id;
    std::string title;
    std::string variant;
    std::string sku;
    std::string quantity;  // "3", "3, 1 taken out"
    std::string unit_price;
    std::string total;
    std::int32_t left = 0;  // Units that can still be taken out.

    static constexpr auto fields() {
      return html::fields<Line>(
          html::field("id", &Line::id), html::field("title", &Line::title),
          html::field("variant", &Line::variant), html::field("sku", &Line::sku),
          html::field("quantity", &Line::quantity), html::field("unit_price", &Line::unit_price),
          html::field("total", &Line::total), html::field("left", &Line::left));
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
  struct Payment {
    std::string provider;
    std::string status;
    std::string amount;
    std::string captured;
    std::string refunded;

    static constexpr auto fields() {
      return html::fields<Payment>(
          html::field("provider", &Payment::provider), html::field("status", &Payment::status),
          html::field("amount", &Payment::amount), html::field("captured", &Payment::captured),
          html::field("refunded", &Payment::refunded));
    }
  };
  struct Refund {
    std::string at;
    std::string amount;
    StatusView status;
    std::string reason;

    static constexpr auto fields() {
      return html::fields<Refund>(
          html::field("at", &Refund::at), html::field("amount", &Refund::amount),
          html::field("status", &Refund::status), html::field("reason", &Refund::reason));
    }
  };

  std::string form_token;
  std::string url;  // Of the page; its actions lie below.
  std::string key;  // Makes a form that is sent twice one command.
  std::string at;
  std::string market;
  StatusView status;
  StatusView payment;
  std::string fulfilment;
  std::vector<Line> lines;
  std::vector<Sum> sums;
  std::vector<Payment> payments;
  std::vector<Refund> refunds;
  std::vector<std::string> contact;   // Masked, or revealed.
  std::vector<std::string> shipping;  // Line by line.
  std::vector<std::string> billing;
  bool is_revealed = false;
  bool can_reveal = false;
  bool can_refund = false;
  bool can_cancel = false;
  bool can_capture = false;      // Money by transfer is awaited.
  bool can_note_refund = false;  // Refunds wait to be sent by hand.
  std::string currency;
  std::string record_url;  // Empty: whoever looks may not read the record.

  static constexpr auto fields() {
    using View = StaffOrderView;
    return html::fields<View>(
        html::field("shell", &View::shell), html::field("head", &View::head),
        html::field("form_token", &View::form_token), html::field("url", &View::url),
        html::field("key", &View::key), html::field("at", &View::at),
        html::field("market", &View::market), html::field("status", &View::status),
        html::field("payment", &View::payment), html::field("fulfilment", &View::fulfilment),
        html::field("lines", &View::lines), html::field("sums", &View::sums),
        html::field("payments", &View::payments), html::field("refunds", &View::refunds),
        html::field("contact", &View::contact), html::field("shipping", &View::shipping),
        html::field("billing", &View::billing), html::field("is_revealed", &View::is_revealed),
        html::field("can_reveal", &View::can_reveal), html::field("can_refund", &View::can_refund),
        html::field("can_cancel", &View::can_cancel),
        html::field("can_capture", &View::can_capture),
        html::field("can_note_refund", &View::can_note_refund),
        html::field("currency", &View::currency), html::field("record_url", &View::record_url));
  }
};

StatusView status_view(OrderStatus status, const web::AdminContext& context);
StatusView status_view(OrderPaymentStatus status, const web::AdminContext& context);
StaffOrdersView::Row row_view(const ListedOrder& order, const web::AdminContext& context);

enum class Contacts { masked, revealed };
// All but what belongs to the page itself (shell, head, form_token, url, key).
StaffOrderView staff_order_view(const OrderWithPayments& order,
                                const std::vector<OrderRefund>& refunds, Contacts contacts,
                                const web::AdminContext& context);

// "a•••@e•••.org": that it is there, and hardly what. Pure.
std::string masked_email(const std::string& email);
// "•••" for any name.
std::string masked(const std::string& text);

std::string words_for(StaffRefusal refusal, const web::AdminContext& context);
std::string path_of_order(std::int64_t number);

}  // namespace osier::orders
