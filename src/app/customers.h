// Customers and how they sign in: what identity offers for accounts, put together for this shop.

#pragma once

#include "app/shop.h"
#include "identity/customer_realm.h"
#include "identity/federation.h"
#include "identity/visitors.h"

namespace osier::app {

struct Customers {
  // The shop is loaded; it and the storefront outlive this.
  Customers(Shop& shop, const catalog::Storefront& storefront,
            identity::SignInListener* listener = nullptr);

  identity::AccountParts parts;
  identity::PasswordDoor door;
  identity::CustomerEntrance entrance;
  identity::CustomerFactorAccounts factor_accounts;
  identity::SecondFactors factors;
  identity::CustomerAccounts accounts;
  identity::CustomerAccountBook book;
  identity::CustomerGuard guard;
  identity::Visitors visitors;

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
// The mails about accounts.
void listen_for_customers(Shop& shop, Customers& customers, const catalog::Storefront& storefront);

}  // namespace osier::app
