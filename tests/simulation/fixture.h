// The database that shops are played on: made once, brought back to its beginning for each seed.

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "fulfilment/fulfilment.h"
#include "inventory/inventory.h"
#include "platform/postgres/blocking_connection.h"
#include "platform/postgres/test/database.h"
#include "simulation/stage.h"

namespace osier::simulation {

struct Ware {
  catalog::VariantId variant;
  std::string sku;
  bool is_sold_in_us = false;
};

// Two markets and a few variants, always the same ones.
struct Fixture {
  std::vector<Ware> wares;
  fulfilment::ShippingOptionId eu_parcel;
  fulfilment::ShippingOptionId us_mail;
  struct Location {
    inventory::LocationId id;
    std::string code;
  };
  std::vector<Location> locations;

  Fixture();
};

// Coupons of which there are few: what everybody tries. The first is the scarcest.
inline const std::vector<std::string> coupon_codes{"LAST", "ONCE", "MAIL"};

// Makes the template database on the server: migrated, with clocks that the stage turns. SQL's own
// clock_timestamp() and now() are replaced by functions of a schema that comes before pg_catalog.
void create_template(const pg::test::Server& server, const Fixture& fixture);
// A fresh copy of it under that name.
void copy_template(const pg::test::Server& server, const std::string& name);

// Empties what shops have written, and sets stock and prices by the dice.
void reset(pg::BlockingConnection& database, const Fixture& fixture, Dice& dice, Instant now);

// Turns the database's clock.
void set_time(pg::BlockingConnection& database, Instant now);

}  // namespace osier::simulation
