// osier: one binary, one shop. Reads the command line and the configuration, and runs the
// subcommand.

#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/audit_cli.h"
#include "app/cli.h"
#include "app/staff_cli.h"
#include "app/version.h"

namespace {

using namespace osier;

// Every setting that may be a flag; secrets have none.
class Flags {
 public:
  void add_to(CLI::App& command) {
    command.add_option("--config", file_, "A TOML file with settings")->group("Settings");
    for (const config::Setting& setting : config::settings()) {
      if (setting.is_secret) continue;
      std::string flag = "--" + std::string(setting.name);
      for (char& c : flag) c = c == '_' ? '-' : c;
      const std::string name(setting.name);
      command
          .add_option_function<std::string>(
              flag, [this, name](const std::string& value) { values_.emplace_back(name, value); },
              std::string(setting.meaning))
          ->type_name(std::string(setting.type))
          ->group("Settings");
    }
  }

  // Prints what is wrong and gives nothing.
  std::optional<config::Config> load() const {
    config::Sources sources{.flags = values_, .environment = config::process_environment()};
    if (!file_.empty()) sources.file = file_;
    auto config = config::load(sources);
    if (config) return std::move(*config);
    for (const std::string& problem : config.error())
      std::fprintf(stderr, "osier: %s\n", problem.c_str());
    return std::nullopt;
  }

 private:
  std::string file_;
  config::Assignments values_;
};

// osier coupon add|list|end
class CouponCommand {
 public:
  CouponCommand(CLI::App& app, Flags& flags) {
    group_ = app.add_subcommand("coupon", "Make, list and end discount codes");
    group_->require_subcommand(1);
    add_ = group_->add_subcommand("add", "Make a coupon");
    list_ = group_->add_subcommand("list", "Print every coupon, and how often it was used");
    end_ = group_->add_subcommand("end", "End a coupon; orders that have it keep it");
    for (CLI::App* command : {add_, end_})
      command->add_option("--code", options_.code, "What shoppers type")->required();
    describe_add();
    for (CLI::App* command : {add_, list_, end_}) flags.add_to(*command);
  }

  bool is_asked_for() const { return group_->parsed(); }
  app::CouponOptions options() const {
    app::CouponOptions options = options_;
    if (add_->parsed()) options.action = app::CouponOptions::Action::add;
    if (end_->parsed()) options.action = app::CouponOptions::Action::end;
    if (limit_ > 0) options.limit = limit_;
    if (limit_per_customer_ > 0) options.limit_per_customer = limit_per_customer_;
    return options;
  }

 private:
  void describe_add() {
    const auto positive = CLI::Range(1, 1'000'000'000);
    add_->add_option("--title", options_.title, "What shoppers read, in English")->required();
    add_->add_option("--title-de", options_.title_de, "The same in German");
    add_->add_option("--percent", options_.percent, "10: so much of the goods' price");
    add_->add_option("--amount", options_.amounts,
                     "eu=5.00: so much off the goods in that market; may be repeated");
    add_->add_flag("--free-shipping", options_.is_free_shipping, "Delivery costs nothing");
    add_->add_option("--minimum", options_.minimums,
                     "eu=50.00: for goods worth so much in that market; may be repeated");
    add_->add_option("--market", options_.markets,
                     "Code of a market where it is valid; may be repeated. Else in those named by "
                     "--amount and --minimum, or in all");
    add_->add_option("--from", options_.from, "2026-12-01: valid from then on (UTC), else now");
    add_->add_option("--until", options_.until, "2026-12-24: valid until then (UTC)");
    add_->add_option("--limit", limit_, "How often it may be used")->check(positive);
    add_->add_option("--limit-per-customer", limit_per_customer_,
                     "How often one e-mail address may use it")
        ->check(positive);
  }

  CLI::App* group_ = nullptr;
  CLI::App* add_ = nullptr;
  CLI::App* list_ = nullptr;
  CLI::App* end_ = nullptr;
  std::int32_t limit_ = 0;
  std::int32_t limit_per_customer_ = 0;
  app::CouponOptions options_;
};

// osier order show|refund|cancel|capture|refunded
class OrderCommand {
 public:
  OrderCommand(CLI::App& app, Flags& flags) {
    group_ = app.add_subcommand("order", "Look at an order, and do with it what staff do");
    group_->require_subcommand(1);
    add("show", "Print an order with its payments and refunds", Action::show);
    add_refund();
    add_cancel();
    add_capture();
    add_refunded();
    for (const auto& [command, action] : commands_) flags.add_to(*command);
  }

  bool is_asked_for() const { return group_->parsed(); }
  app::OrderOptions options() const {
    app::OrderOptions options = options_;
    for (const auto& [command, action] : commands_) {
      if (command->parsed()) options.action = action;
    }
    return options;
  }

 private:
  using Action = app::OrderOptions::Action;

  CLI::App& add(const char* name, const char* meaning, Action action) {
    CLI::App* command = group_->add_subcommand(name, meaning);
    command->add_option("--number", options_.number, "The order's number")->required();
    commands_.emplace_back(command, action);
    return *command;
  }
  void add_key(CLI::App& command) {
    command.add_option("--key", options_.key,
                       "Names this command: given again with the same key, it is done once");
  }
  void add_reason(CLI::App& command) {
    command.add_option("--reason", options_.reason, "Why; the shopper reads it")->required();
  }
  void add_stock(CLI::App& command) {
    command.add_flag("--restock,!--no-restock", options_.is_restocked,
                     "Units go back on sale (the default), or are written off");
  }

  void add_refund() {
    CLI::App& command =
        add("refund", "Give money back, and take units out of the order", Action::refund);
    command.add_flag("--all", options_.is_everything, "All units not sent and all money left");
    command.add_option("--line", options_.lines, "SKU=2: so many units of it; may be repeated");
    command.add_flag("--shipping", options_.with_shipping, "And what was paid for delivery");
    command.add_option("--amount", options_.amount,
                       "12.34: so much, whatever the lines and delivery named are worth");
    add_stock(command);
    add_reason(command);
    add_key(command);
  }
  void add_cancel() {
    CLI::App& command = add("cancel", "End an order of which nothing was sent", Action::cancel);
    add_stock(command);
    add_reason(command);
    add_key(command);
  }
  void add_capture() {
    CLI::App& command = add("capture", "Note money that came by transfer", Action::capture);
    command.add_option("--amount", options_.amount, "How much, such as 12.34")->required();
    command.add_option("--reference", options_.reference, "The bank's reference")->required();
    add_key(command);
  }
  void add_refunded() {
    CLI::App& command =
        add("refunded",
            "Note that you have sent a refund's money yourself: of an order paid by "
            "transfer, or one that failed",
            Action::refunded);
    command.add_option("--reference", options_.reference, "The bank's reference")->required();
    command.add_option("--refund", options_.refund, "Its id, as 'osier order show' prints it");
    add_key(command);
  }

  CLI::App* group_ = nullptr;
  std::vector<std::pair<CLI::App*, Action>> commands_;
  app::OrderOptions options_;
};

int run(int argc, char** argv) {
  CLI::App app{"Osier runs a whole shop: storefront, checkout, store API and background work."};
  app.require_subcommand(1);
  app.footer(
      "Every setting is also an environment variable (OSIER_PORT) or a key of the file named by "
      "--config.");
  Flags flags;

  auto* serve = app.add_subcommand("serve", "Run the shop until it is told to stop");
  app::ServeOptions serve_options;
  serve->add_flag("--seed-demo", serve_options.seed_demo,
                  "Load the demo shop if the catalogue is empty");

  auto* migrate = app.add_subcommand("migrate", "Bring the database's schema to this version");

  auto* seed =
      app.add_subcommand("seed", "Load the demo shop, or a synthetic catalogue of any size");
  app::SeedOptions seed_options;
  std::size_t products = 0;
  auto* synthetic =
      seed->add_option("--products", products, "Make so many synthetic products instead")
          ->check(CLI::Range(1, 1'000'000));

  auto* stock = app.add_subcommand("stock", "Count a variant's stock");
  app::StockOptions stock_options;
  stock->add_option("--sku", stock_options.sku, "The variant's SKU")->required();
  stock->add_option("--set", stock_options.on_hand, "Units on hand")
      ->required()
      ->check(CLI::Range(0, 1'000'000'000));
  stock->add_option("--reason", stock_options.reason, "Why, for the record")->required();
  std::string location;
  auto* location_option =
      stock->add_option("--location", location, "Code of the location, if there are several");

  auto* hold = app.add_subcommand(
      "hold", "Set how long unpaid orders hold their stock, per market or product");
  app::HoldOptions hold_options;
  auto* hold_market = hold->add_option("--market", hold_options.market, "Code of the market");
  auto* hold_product = hold->add_option("--product", hold_options.product, "Handle of the product");
  hold_market->excludes(hold_product);
  std::int32_t hold_minutes = 0;
  auto* hold_minutes_option =
      hold->add_option("--minutes", hold_minutes, "How long, from 10 to 60 minutes")
          ->check(CLI::Range(10, 60));
  bool is_hold_default = false;
  auto* hold_default =
      hold->add_flag("--default", is_hold_default, "As the shop does (setting hold_minutes)");
  hold_default->excludes(hold_minutes_option);

  auto* waiting = app.add_subcommand(
      "waiting-room", "Let shoppers wait before a product or the whole shop, in a fair order");
  app::WaitingRoomOptions waiting_options;
  waiting->add_option("action", waiting_options.action, "on, off or status")
      ->required()
      ->check(CLI::IsMember({"on", "off", "status"}));
  waiting->add_option("--product", waiting_options.product,
                      "Handle of the product; without it, the whole shop");
  waiting->add_option("--rate", waiting_options.rate, "How many are admitted per second")
      ->check(CLI::Range(1, 10'000));
  waiting
      ->add_option("--turn-minutes", waiting_options.turn_minutes,
                   "How long cart and checkout are open to one who is admitted")
      ->check(CLI::Range(1, 120));
  waiting->add_option("--opens-at", waiting_options.opens_at,
                      "When it begins (2026-11-22T18:00:00Z); who comes before is drawn by lot");

  OrderCommand order(app, flags);
  CouponCommand coupon(app, flags);
  app::AuditCommand audit(app);
  for (const auto& [command, action] : audit.commands()) flags.add_to(*command);
  app::StaffCommand staff(app);
  for (const auto& [command, action] : staff.commands()) flags.add_to(*command);
  auto* verify = app.add_subcommand("verify", "Check every invariant; silent if all hold");
  app::VerifyOptions verify_options;
  auto* repair = verify->add_flag("--repair", verify_options.repair,
                                  "Mend what is derived: committed units, sums, payment statuses");
  verify->add_flag("--dry-run", verify_options.dry_run, "Say what --repair would do; write nothing")
      ->needs(repair);
  auto* reconcile = app.add_subcommand(
      "reconcile", "Compare the payment provider's books with ours, and mend what is safe");
  app::ReconcileCommand reconcile_command;
  reconcile->add_option("--since", reconcile_command.since, "How far back: 90m, 24h, 7d")
      ->check(CLI::Validator(app::check_since, "TIME"));
  reconcile->add_flag("--dry-run", reconcile_command.dry_run,
                      "Say what would be done and what was found; write nothing");
  reconcile->add_flag("--undo", reconcile_command.undo,
                      "Refund or cancel at once the payments that have no order here");
  auto* describe =
      app.add_subcommand("config", "Print the effective configuration, secrets masked");
  auto* version = app.add_subcommand("version", "Print the version");
  for (CLI::App* command :
       {serve, migrate, seed, stock, hold, waiting, verify, reconcile, describe})
    flags.add_to(*command);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }

  if (version->parsed()) {
    std::printf("osier %s\n", app::version);
    return 0;
  }
  const auto config = flags.load();
  if (!config) return 2;
  if (describe->parsed()) {
    std::printf("%s", config::describe(*config).c_str());
    return 0;
  }
  if (serve->parsed()) return app::serve(*config, serve_options);
  if (migrate->parsed()) return app::migrate(*config);
  if (verify->parsed()) return app::verify(*config, verify_options);
  if (waiting->parsed()) return app::waiting_room(*config, waiting_options);
  if (verify->parsed()) return app::verify(*config, verify_options);
  if (reconcile->parsed()) return app::reconcile(*config, reconcile_command);
  if (hold->parsed()) {
    if (hold_options.market.empty() == hold_options.product.empty() ||
        hold_minutes_option->empty() == !is_hold_default) {
      std::fprintf(stderr, "osier: name a --market or a --product, and --minutes N or --default\n");
      return 2;
    }
    if (!hold_minutes_option->empty()) hold_options.minutes = hold_minutes;
    return app::hold(*config, hold_options);
  }
  if (coupon.is_asked_for()) return app::coupon(*config, coupon.options());
  if (audit.is_asked_for()) return app::audit(*config, audit.options());
  if (staff.is_asked_for()) return app::staff(*config, staff.options());
  if (order.is_asked_for()) return app::order(*config, order.options());
  if (seed->parsed()) {
    if (*synthetic) seed_options = {.demo = false, .synthetic_products = products};
    return app::seed(*config, seed_options);
  }
  if (*location_option) stock_options.location = location;
  return app::stock(*config, stock_options);
}

}  // namespace

int main(int argc, char** argv) { return run(argc, argv); }
