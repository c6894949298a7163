// Customers and how they sign in: what identity offers for accounts, put together for this shop.

#pragma once

#include "app/shop.h"
#include "checkout/customer_orders.h"
#include "checkout/visitor_carts.h"
#include "identity/address_book.h"
#include "identity/customer_realm.h"
#include "identity/federation.h"
#include "identity/visitors.h"

namespace osier::app {

struct Customers {
  // The shop is loaded; it and the storefront outlive this.
  Customers(Shop& shop, const catalog::Storefront& storefront);

  identity::AccountParts parts;
  checkout::CustomerCarts carts;
  identity::PasswordDoor door;
  identity::CustomerEntrance entrance;
  identity::CustomerFactorAccounts factor_accounts;
  identity::SecondFactors factors;
  identity::CustomerAccounts accounts;
  identity::CustomerAccountBook book;
  identity::CustomerGuard guard;
  identity::Visitors visitors;
  identity::AddressBook addresses;
  checkout::VisitorCarts visitor_carts;
  checkout::CustomerOrders orders;

  identity::Issuers issuers;
  identity::SignInAttempts attempts;
  identity::FederatedIdentities identities;
  identity::Federation federation;

  // Forgets what is over: links, challenges, attempts. For a schedule.
  Task<void> trim();
};

// Their pages, second factors and other issuers among them.
void add_customer_pages(http::Router& router, Shop& shop, Customers& customers,
                        catalog::Storefront& storefront);
// The store API's: sign-in, the customer, addresses, the cart that becomes theirs.
void add_customer_api(http::Router& router, Shop& shop, Customers& customers);
// The mails about accounts.
void listen_for_customers(Shop& shop, Customers& customers, const catalog::Storefront& storefront);

}  // namespace osier::app
