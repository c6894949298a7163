// One product: pictures, the choice of a variant by links (each variant has an address), price,
// stock, the form that puts it into the cart, and everything a buyer should know before: maker,
// materials, care, delivery.

#pragma once

#include "catalog/product_card.h"
#include "catalog/storefront.h"

namespace osier::catalog {

struct ProductView {
  struct Value {
    std::string label;
    std::string
        url;  // The variant with this value and, as far as there is one, the other values chosen.
    std::string swatch;  // "#rrggbb" or empty.
    bool is_chosen = false;
    bool is_gone = false;  // That variant is sold out.

    static constexpr auto fields() {
      return html::fields<Value>(
          html::field("label", &Value::label), html::field("url", &Value::url),
          html::field("swatch", &Value::swatch), html::field("is_chosen", &Value::is_chosen),
          html::field("is_gone", &Value::is_gone));
    }
  };
  struct Option {
    std::string name;
    std::string chosen;
    std::vector<Value> values;

    static constexpr auto fields() {
      return html::fields<Option>(html::field("name", &Option::name),
                                  html::field("chosen", &Option::chosen),
                                  html::field("values", &Option::values));
    }
  };
  std::shared_ptr<const web::Shell> shell;
  web::Head head;
  std::string title;
  std::string subtitle;
  std::string maker;
  std::string maker_place;
  std::string maker_address;
  std::string maker_email;
  std::string maker_about;
  std::vector<web::PictureView> pictures;  // The variant's own first.
  std::vector<Option> options;
  std::string price;            // Empty: not sold in this market.
  std::string price_was;        // Empty: not reduced.
  std::string price_was_label;  // What that price was.
  std::string unit_price;       // "€4.80 / 100 g"; empty: none.
  std::string tax_note;
  std::string stock;        // "In stock", "Only 2 left", "Sold out"
  std::string stock_class;  // "plenty", "few", "none"
  bool can_buy = false;
  std::string variant;  // What the form sends.
  std::string add_url;
  html::Html description;
  std::vector<std::string> materials;
  std::string dimensions;
  std::string care;
  std::string sku;
  std::string delivery_url;

  static constexpr auto fields() {
    return html::fields<ProductView>(
        html::field("shell", &ProductView::shell), html::field("head", &ProductView::head),
        html::field("title", &ProductView::title), html::field("subtitle", &ProductView::subtitle),
        html::field("maker", &ProductView::maker),
        html::field("maker_place", &ProductView::maker_place),
        html::field("maker_address", &ProductView::maker_address),
        html::field("maker_email", &ProductView::maker_email),
        html::field("maker_about", &ProductView::maker_about),
        html::field("pictures", &ProductView::pictures),
        html::field("options", &ProductView::options), html::field("price", &ProductView::price),
        html::field("price_was", &ProductView::price_was),
        html::field("price_was_label", &ProductView::price_was_label),
        html::field("unit_price", &ProductView::unit_price),
        html::field("tax_note", &ProductView::tax_note), html::field("stock", &ProductView::stock),
        html::field("stock_class", &ProductView::stock_class),
        html::field("can_buy", &ProductView::can_buy),
        html::field("variant", &ProductView::variant),
        html::field("add_url", &ProductView::add_url),
        html::field("description", &ProductView::description),
        html::field("materials", &ProductView::materials),
        html::field("dimensions", &ProductView::dimensions),
        html::field("care", &ProductView::care), html::field("sku", &ProductView::sku),
        html::field("delivery_url", &ProductView::delivery_url));
  }
};

// /p/{handle}?variant=SKU
void add_product_page(http::Router& router, Storefront& storefront);

}  // namespace osier::catalog
