// A priced cart as pages show it: lines, sums, and what has changed since the shopper last looked.

#pragma once

#include "catalog/storefront.h"
#include "checkout/checkout.h"

namespace osier::checkout {

struct CartLineView {
  std::string id;  // Of the line, 32 hex digits.
  std::string url;
  std::string title;
  std::string variant;  // "Small / Sage"; may be empty.
  std::string unit_price;
  std::string total;
  std::int32_t quantity = 1;
  std::optional<web::PictureView> picture;
  std::string notice;    // What is wrong with this line; empty: nothing.
  bool is_gone = false;  // Cannot be bought; not part of the sums.

  static constexpr auto fields() {
    return html::fields<CartLineView>(
        html::field("id", &CartLineView::id), html::field("url", &CartLineView::url),
        html::field("title", &CartLineView::title), html::field("variant", &CartLineView::variant),
        html::field("unit_price", &CartLineView::unit_price),
        html::field("total", &CartLineView::total),
        html::field("quantity", &CartLineView::quantity),
        html::field("picture", &CartLineView::picture),
        html::field("notice", &CartLineView::notice),
        html::field("is_gone", &CartLineView::is_gone));
  }
};

struct SumView {
  std::string label;
  std::string amount;

  static constexpr auto fields() {
    return html::fields<SumView>(html::field("label", &SumView::label),
                                 html::field("amount", &SumView::amount));
  }
};

struct CouponView {
  std::string code;
  std::string title;
  std::string notice;  // Why it does not apply; empty: it does.

  static constexpr auto fields() {
    return html::fields<CouponView>(html::field("code", &CouponView::code),
                                    html::field("title", &CouponView::title),
                                    html::field("notice", &CouponView::notice));
  }
};

struct CartView {
  std::vector<CartLineView> lines;
  std::vector<CouponView> coupons;
  std::vector<SumView> sums;  // Goods, delivery, tax where it is added, discounts.
  std::string total;
  std::vector<std::string> taxes;  // "incl. €4.63 VAT 19 %"
  bool has_changes = false;        // Something must be confirmed before an order.
  std::int64_t count = 0;          // Units that can be bought.

  static constexpr auto fields() {
    return html::fields<CartView>(
        html::field("lines", &CartView::lines), html::field("coupons", &CartView::coupons),
        html::field("sums", &CartView::sums), html::field("total", &CartView::total),
        html::field("taxes", &CartView::taxes), html::field("has_changes", &CartView::has_changes),
        html::field("count", &CartView::count));
  }
};

// Why a coupon does not apply. `minimum_goods` is read for minimum_not_reached.
std::string coupon_text(const catalog::PageContext& context, promotions::CouponRefusal refusal,
                        Money minimum_goods);
// Why a code was not taken.
std::string coupon_text(const catalog::PageContext& context, const CouponNotTaken& not_taken);

CartView view_of(const catalog::PageContext& context, const Cart& cart, const PricedCart& priced);

}  // namespace osier::checkout
