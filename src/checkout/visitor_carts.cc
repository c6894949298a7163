#include "checkout/visitor_carts.h"

#include "checkout/cart_cookie.h"

namespace osier::checkout {

Task<std::optional<Cart>> VisitorCarts::find(http::Request request) {
  const auto customer = co_await visitors_.customer(request);
  if (customer) {
    auto cart = co_await customers_.find(*customer);
    if (cart) co_return cart;
  }
  const auto token = cart_token_of(request, is_https_);
  if (!token) co_return std::nullopt;
  auto cart = co_await checkout_.find_cart(*token);
  // Somebody else's, who was signed in here before.
  if (cart && customer && !co_await customers_.adopt(*customer, *token)) co_return std::nullopt;
  co_return cart;
}

Task<void> VisitorCarts::keep(http::Request request, CartToken token) {
  const auto customer = co_await visitors_.customer(request);
  if (customer) (void)co_await customers_.adopt(*customer, std::move(token));
}

static orders::Address address_of(const identity::Address &known) {
  return {.name = known.name(),
          .company = known.company,
          .line1 = known.line1,
          .line2 = known.line2,
          .postal_code = known.postal_code,
          .city = known.city,
          .province = known.province,
          .country = known.country,
          .phone = known.phone};
}

Task<orders::Contact> VisitorCarts::known_contact(http::Request request,
                                                  const catalog::Market &market) {
  orders::Contact contact;
  const auto account = co_await visitors_.account(request);
  if (!account) co_return contact;
  contact.email = account->email;
  contact.phone = account->phone;
  contact.shipping.name = account->name();
  for (const auto &known : co_await addresses_.of(account->id)) {
    if (!market.has_country(known.address.country)) continue;
    contact.shipping = address_of(known.address);
    break;
  }
  co_return contact;
}

}  // namespace osier::checkout
