// All services of one process, built in order and passed down: no globals, nothing that finds its
// own parts.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/traffic.h"
#include "app/worker_thread.h"
#include "audit/sequencer.h"
#include "catalog/catalog.h"
#include "catalog/storefront.h"
#include "checkout/checkout.h"
#include "checkout/coupon_holds.h"
#include "fulfilment/fulfilment.h"
#include "identity/identity.h"
#include "identity/staff.h"
#include "inventory/inventory.h"
#include "orders/orders.h"
#include "orders/withdrawals.h"
#include "payments/payments.h"
#include "payments/stripe.h"
#include "platform/blob/folder_store.h"
#include "platform/config/config.h"
#include "platform/html/engine.h"
#include "platform/jobs/inbox.h"
#include "platform/jobs/outbox.h"
#include "platform/jobs/schedules.h"
#include "platform/locale/messages.h"
#include "platform/mail/folder_mailer.h"
#include "platform/mail/mail.h"
#include "platform/postgres/database.h"
#include "platform/telemetry/log.h"
#include "platform/telemetry/metrics.h"
#include "privacy/key_watch.h"
#include "privacy/vault.h"
#include "promotions/promotions.h"
#include "waiting_room/waiting_room.h"
#include "web/assets.h"
#include "web/page_cache.h"

namespace osier::app {

// The texts and templates of all rooms, with the shop's own theme over them. Throw on a file that
// is wrong.
std::unique_ptr<locale::Catalogue> load_texts(const config::Config& config);
std::unique_ptr<html::Engine> load_templates(const config::Config& config,
                                             const locale::Catalogue& texts);

// Where staff show their second factors.
identity::SecondFactorSite staff_site(const config::Config& config, std::string shop_name);

struct Shop {
  Shop(const config::Config& config, std::string connection);
  ~Shop();

  const config::Config& config;
  const std::string connection;

  SystemClock clock;
  SystemRandom random;
  telemetry::Log log;
  telemetry::Metrics metrics;

  // One thread for each loop that answers requests, one for orders, one for work in the background,
  // and a patient one for what follows from orders and may come a moment later: mails.
  std::vector<std::unique_ptr<WorkerThread>> web_threads;
  WorkerThread orders_thread;
  WorkerThread background_thread;
  WorkerThread afterwards_thread{WorkerThread::Urgency::patient};

  pg::Database database;
  privacy::Vault vault;
  privacy::KeyWatch key_watch;
  blob::FolderStore files;
  inventory::Inventory inventory;
  catalog::Catalog catalog;
  fulfilment::Fulfilment fulfilment;
  std::unique_ptr<payments::Stripe> stripe;
  payments::Payments payments;
  promotions::Promotions promotions;
  checkout::CouponHolds coupon_holds;
  orders::Orders orders;
  orders::Withdrawals withdrawals;
  checkout::Checkout checkout;
  waiting_room::WaitingRoom waiting;
  identity::PasswordHashing hashing;
  identity::Throttle throttle;
  identity::Sessions sessions;
  std::optional<identity::Staff> staff;  // From load() on: it names the shop.

  jobs::Outbox outbox;
  jobs::Inbox inbox;
  jobs::Schedules schedules;
  audit::Sequencer sequencer;
  std::int64_t chain_checked_to = 0;  // Of the older places, in parts; by the background loop.
  std::unique_ptr<mail::Mailer> mailer;
  mail::FolderMailer* mail_folder = nullptr;  // If mails are files; else null.

  std::unique_ptr<locale::Catalogue> texts;
  std::unique_ptr<html::Engine> templates;
  web::Assets assets;
  web::SecurityHeaders security_headers;
  web::PageCache page_cache;

  TrafficLimits limits;
  http::Admission admission;

  std::vector<Loop*> web_loops() const;
  // Ends all loops and their threads; work that is suspended is dropped. May be repeated.
  void stop_threads();
  // Reads the vault's keys; in a new database, makes them. Before anything else. Throws
  // privacy::KeyProblem, whose sentence says what to do, and pg::Error.
  void load_keys();
  // Reads the catalogue and all else that is kept in memory. Asks for some seconds if the database
  // is not there at once. Throws pg::Error.
  void load();
};

}  // namespace osier::app
