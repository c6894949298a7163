// "Withdraw from contract here": a form, a second look, a receipt. Open to everybody, guests too,
// in the markets of the EU; elsewhere 404.
//
//   GET  /withdraw            the form; ?order= fills in the number
//   POST /withdraw            what was declared, to be confirmed; or the form with what is wrong
//   POST /withdraw/confirm    the receipt, which is mailed, too; the same form twice is one
//   declaration

#pragma once

#include <string>
#include <vector>

#include "catalog/storefront.h"
#include "orders/withdrawals.h"
#include "platform/http/router.h"

namespace osier::orders {

struct WithdrawalPageView {
  struct Row {
    std::string label{};
    std::string text;

    static constexpr auto fields() {
      return html::fields<Row>(html::field("label", &Row::label), html::field("text", &Row::text));
    }
  };
  struct Input {
    std::string name{};
    std::string label{};
    std::string hint{};  // May be empty.
    std::string type{};
    std::string value{};
    std::string error{};  // Empty: fine.
    std::string autocomplete{};
    std::string max{};  // Characters.
    bool is_required = false;

    static constexpr auto fields() {
      return html::fields<Input>(
          html::field("name", &Input::name), html::field("label", &Input::label),
          html::field("hint", &Input::hint), html::field("type", &Input::type),
          html::field("value", &Input::value), html::field("error", &Input::error),
          html::field("autocomplete", &Input::autocomplete), html::field("max", &Input::max),
          html::field("is_required", &Input::is_required));
    }
  };

  std::shared_ptr<const web::Shell> shell{};
  web::Head head{};
  std::string title{};
  std::string message{};
  std::string problem{};  // Empty: none.
  std::string action_url{};
  std::string button{};
  std::string change_url{};     // Back to the form, which is filled in.
  std::vector<Input> inputs{};  // Of the form; hidden ones have the type "hidden".
  std::vector<Row> rows{};      // Of the second look and the receipt.

  static constexpr auto fields() {
    using View = WithdrawalPageView;
    return html::fields<View>(
        html::field("shell", &View::shell), html::field("head", &View::head),
        html::field("title", &View::title), html::field("message", &View::message),
        html::field("problem", &View::problem), html::field("action_url", &View::action_url),
        html::field("button", &View::button), html::field("change_url", &View::change_url),
        html::field("inputs", &View::inputs), html::field("rows", &View::rows));
  }
};

// What was declared, line by line, as the receipt and the mail show it.
std::vector<WithdrawalPageView::Row> rows_of(const Declaration& declaration,
                                             const catalog::PageContext& context);

// Throws html::TemplateError. All outlive the router.
void add_withdrawal_pages(http::Router& router, catalog::Storefront& storefront,
                          Withdrawals& withdrawals);

}  // namespace osier::orders
