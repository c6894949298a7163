// A product in a list of products: partials/product_card.html.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catalog/storefront.h"

namespace osier::catalog {

struct ProductCardView {
  std::string url;
  std::string title;
  std::string maker;
  std::string price;  // "€24.00", "from €12.00"; empty if it is not sold here.
  std::string badge;  // "Sold out", "Last pieces"; empty: none.
  std::optional<web::PictureView> picture;

  static constexpr auto fields() {
    return html::fields<ProductCardView>(html::field("url", &ProductCardView::url),
                                         html::field("title", &ProductCardView::title),
                                         html::field("maker", &ProductCardView::maker),
                                         html::field("price", &ProductCardView::price),
                                         html::field("badge", &ProductCardView::badge),
                                         html::field("picture", &ProductCardView::picture));
  }
};

ProductCardView product_card(const PageContext& context, std::size_t product);

}  // namespace osier::catalog
