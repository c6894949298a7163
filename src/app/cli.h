// The subcommands of osier. Each returns the process's exit status and says on stderr what went
// wrong and what to do.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/config/config.h"

namespace osier::app {

struct SeedOptions {
  bool demo = true;
  std::optional<std::size_t> synthetic_products;
};

struct StockOptions {
  std::string sku;
  std::int32_t on_hand = 0;
  std::string reason;
  std::optional<std::string> location;
};

struct HoldOptions {
  std::string market;                   // One of both.
  std::string product;                  // Its handle.
  std::optional<std::int32_t> minutes;  // Nothing: as the shop does.
};

struct WaitingRoomOptions {
  std::string action;   // "on", "off" or "status".
  std::string product;  // Its handle; empty: the whole shop.
  std::int32_t rate = 10;
  std::int32_t turn_minutes = 10;
  std::string opens_at;  // RFC 3339; empty: at once.
};

struct VerifyOptions {
  bool repair = false;   // Mend what is derived from other facts.
  bool dry_run = false;  // Say what would be mended, and write nothing.
};

struct ReconcileCommand {
  std::string since = "24h";  // "90m", "24h", "7d".
  bool dry_run = false;
  bool undo = false;  // Refund or cancel at once what our books do not have.
};
// "90m", "24h" or "7d", up to 400 days; nothing for anything else.
std::optional<Duration> since_of(const std::string& text);
// Empty if the text is such a time, else what is wrong with it.
std::string check_since(const std::string& text);

struct ServeOptions {
  bool seed_demo = false;  // Load the demo shop if the catalogue is empty.
};

// What `osier coupon …` asks for.
struct CouponOptions {
  enum class Action { add, list, end };
  Action action = Action::list;
  std::string code;
  std::string title;
  std::string title_de;
  std::string percent;                // "10", "7.5"
  std::vector<std::string> amounts;   // "eu=5.00", in the market's currency
  std::vector<std::string> minimums;  // "eu=50.00"
  std::vector<std::string> markets;
  bool is_free_shipping = false;
  std::string from;  // A date or a time; empty: now.
  std::string until;
  std::optional<std::int32_t> limit;
  std::optional<std::int32_t> limit_per_customer;
};

// What `osier order …` asks for. Orders are named by their number.
struct OrderOptions {
  enum class Action { show, refund, cancel, capture, refunded };
  Action action = Action::show;
  std::int64_t number = 0;
  bool is_everything = false;
  std::string amount;              // "12.34", in the order's currency; empty: not named.
  std::vector<std::string> lines;  // "SKU=2"
  bool with_shipping = false;
  bool is_restocked = true;
  std::string reason;
  std::string reference;
  std::string refund;  // Its id; empty: the only one that waits.
  std::string key;     // Empty: one is made.
};

// What `osier audit …` asks for.
struct AuditOptions {
  enum class Action { verify, list, export_lines, public_key, sign, restored };
  Action action = Action::verify;
  std::string object;  // "order" or "order:ID"; empty: any.
  std::string actor;
  std::string act;    // "order.refunded"
  std::string since;  // "7d", "2026-12-01" or "2026-12-01T10:00:00Z"; empty: from the beginning.
  std::int32_t limit = 100;
  std::string reason;
};

// What `osier staff …` asks for. Members are named by their e-mail, roles by their name.
struct StaffOptions {
  enum class Action { add, invite, list, roles, disable, enable, reset_factor };
  Action action = Action::list;
  std::string email;
  std::string name;
  std::string language = "en";
  std::vector<std::string> roles;
  bool is_owner = false;
  bool is_mailed = false;
  std::string reason;
};

int serve(const config::Config& config, const ServeOptions& options);
int migrate(const config::Config& config);
int seed(const config::Config& config, const SeedOptions& options);
int stock(const config::Config& config, const StockOptions& options);
int hold(const config::Config& config, const HoldOptions& options);
int waiting_room(const config::Config& config, const WaitingRoomOptions& options);
int verify(const config::Config& config, const VerifyOptions& options);
int reconcile(const config::Config& config, const ReconcileCommand& command);
int coupon(const config::Config& config, const CouponOptions& options);
int order(const config::Config& config, const OrderOptions& options);
int audit(const config::Config& config, const AuditOptions& options);
int staff(const config::Config& config, const StaffOptions& options);

}  // namespace osier::app
