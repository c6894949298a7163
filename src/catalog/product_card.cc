#include "catalog/product_card.h"

#include "catalog/listing.h"

namespace osier::catalog {

namespace {

bool has_few(const Snapshot& snapshot, const Product& product) {
  for (const Variant& variant : product.variants) {
    if (snapshot.band(variant.id) == Band::plenty) return false;
  }
  return true;
}

}  // namespace

ProductCardView product_card(const PageContext& context, std::size_t index) {
  const Snapshot& snapshot = *context.snapshot;
  const Product& product = snapshot.product(index);
  const std::string& locale = context.place.locale;
  ProductCardView card;
  card.url = context.url("/p/" + product.handle);
  card.title = product.title.at(locale);
  card.maker = product.maker->name;
  if (const auto range = price_range(product, context.market_index, context.now)) {
    const std::string price = context.money(range->lowest.amount);
    card.price = range->is_from ? context.text("product.price_from", {{"price", price}}) : price;
  }
  if (snapshot.is_sold_out(product)) {
    card.badge = context.text("product.sold_out");
  } else if (has_few(snapshot, product)) {
    card.badge = context.text("product.last_pieces");
  }
  if (!product.images.empty()) {
    card.picture = picture_view(product.images.front(), locale, 480);
    card.picture->alt = "";  // The title beside it says what it is.
  }
  return card;
}

}  // namespace osier::catalog
