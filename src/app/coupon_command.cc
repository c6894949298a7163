// osier coupon: making, listing and ending coupons.

#include <fmt/format.h>

#include <charconv>
#include <map>

#include "app/cli.h"
#include "app/command_database.h"
#include "promotions/promotions.h"

namespace osier::app {

namespace {

using promotions::CouponKind;
using promotions::Promotions;
using Refusal = Promotions::AddRefusal;
using Currencies = std::map<std::string, Currency>;

const audit::Actor actor{audit::ActorKind::command, "osier coupon"};

std::string sentence_for(Refusal refusal) {
  switch (refusal) {
    case Refusal::code_invalid:
      return "--code must be 3 to 32 letters, digits, - and _";
    case Refusal::code_taken:
      return "there is a coupon of this code already, and a code is never used again";
    case Refusal::title_missing:
      return "--title must not be empty";
    case Refusal::percent_out_of_range:
      return "--percent must be more than 0 and at most 100";
    case Refusal::amount_missing:
      return "--amount must be more than nothing in each market that is named";
    case Refusal::limit_out_of_range:
      return "limits begin at 1, a minimum at 0";
    case Refusal::period_out_of_order:
      return "--until must come after --from";
    case Refusal::unknown_market:
      return "each market is named once, and must be one of the shop's";
  }
}

constexpr pg::Statement currencies_sql{"app.market_currencies", R"sql(
  SELECT code, currency FROM catalog.markets
)sql"};

Task<Currencies> market_currencies(pg::Database& database) {
  Currencies currencies;
  const auto rows = co_await database.run(currencies_sql);
  for (const pg::Row& row : rows) currencies.emplace(row.get<std::string>(0), row.get<Currency>(1));
  co_return currencies;
}

// "12.34" with at most so many decimals, as a whole number of the smallest part; nothing for
// anything else.
std::optional<std::int64_t> read_decimal(std::string_view text, std::size_t decimals_max) {
  const auto point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string decimals(point == std::string_view::npos ? "" : text.substr(point + 1));
  if (whole.empty() || decimals.size() > decimals_max) return std::nullopt;
  decimals.resize(decimals_max, '0');
  const std::string digits = std::string(whole) + decimals;
  if (digits.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{}) return std::nullopt;
  return number;
}

struct MarketAmount {
  std::string market;
  std::int64_t minor;
};

// "eu=12.34" in the market's currency.
std::optional<MarketAmount> read_market_amount(const std::string& text,
                                               const Currencies& currencies) {
  const auto equals = text.find('=');
  if (equals == std::string::npos) return std::nullopt;
  const auto currency = currencies.find(text.substr(0, equals));
  if (currency == currencies.end()) return std::nullopt;
  const auto minor = read_decimal(std::string_view(text).substr(equals + 1),
                                  static_cast<std::size_t>(currency->second.exponent()));
  if (!minor) return std::nullopt;
  return MarketAmount{currency->first, *minor};
}

Promotions::MarketTerms& terms_of(Promotions::NewCoupon& coupon, const std::string& market) {
  for (auto& terms : coupon.markets) {
    if (terms.market_code == market) return terms;
  }
  return coupon.markets.emplace_back(
      Promotions::MarketTerms{.market_code = market, .amount_minor = std::nullopt});
}

// What a coupon says in each market, or what is wrong.
Result<void, std::string> read_markets(const CouponOptions& options, const Currencies& currencies,
                                       Promotions::NewCoupon& coupon) {
  for (const std::string& market : options.markets) terms_of(coupon, market);
  for (const std::string& text : options.amounts) {
    const auto amount = read_market_amount(text, currencies);
    if (!amount)
      return refuse("--amount " + text + " must be like eu=5.00: a market and an amount");
    terms_of(coupon, amount->market).amount_minor = amount->minor;
  }
  for (const std::string& text : options.minimums) {
    const auto minimum = read_market_amount(text, currencies);
    if (!minimum)
      return refuse("--minimum " + text + " must be like eu=50.00: a market and an amount");
    terms_of(coupon, minimum->market).minimum_minor = minimum->minor;
  }
  return {};
}

Result<std::optional<Instant>, std::string> read_time(const std::string& text) {
  if (text.empty()) return std::optional<Instant>();
  const auto time = parse_instant(text.size() == 10 ? text + "T00:00:00Z" : text);
  if (!time) return refuse(text + " is no time: write 2026-12-24 or 2026-12-24T18:00:00Z");
  return time;
}

Result<Promotions::NewCoupon, std::string> read_coupon(const CouponOptions& options,
                                                       const Currencies& currencies) {
  const int kinds = (options.percent.empty() ? 0 : 1) + (options.amounts.empty() ? 0 : 1) +
                    (options.is_free_shipping ? 1 : 0);
  if (kinds != 1) return refuse(std::string("name one of --percent, --amount and --free-shipping"));
  Promotions::NewCoupon coupon;
  coupon.code = options.code;
  coupon.title_en = options.title;
  coupon.title_de = options.title_de;
  if (!options.amounts.empty()) coupon.kind = CouponKind::fixed_amount;
  if (options.is_free_shipping) coupon.kind = CouponKind::free_shipping;
  if (!options.percent.empty()) {
    const auto percent = read_decimal(options.percent, 4);
    if (!percent || *percent > 1'000'000)
      return refuse(sentence_for(Refusal::percent_out_of_range));
    coupon.percent_ppm = static_cast<std::int32_t>(*percent);
  }
  if (const auto read = read_markets(options, currencies, coupon); !read)
    return refuse(read.error());
  const auto from = read_time(options.from);
  if (!from) return refuse(from.error());
  const auto until = read_time(options.until);
  if (!until) return refuse(until.error());
  coupon.valid_from = *from;
  coupon.valid_to = *until;
  coupon.use_limit = options.limit;
  coupon.use_limit_per_customer = options.limit_per_customer;
  return coupon;
}

std::string worth_of(const promotions::Coupon& coupon) {
  switch (coupon.kind) {
    case CouponKind::percent:
      return fmt::format("{} %", coupon.percent_ppm / 10'000.0);
    case CouponKind::free_shipping:
      return "free shipping";
    case CouponKind::fixed_amount:
      break;
  }
  std::string worth;
  for (const auto& terms : coupon.markets) {
    worth += (worth.empty() ? "" : ", ") + terms.amount.to_decimal() + " " +
             terms.amount.currency().code();
  }
  return worth;
}

std::string line_of(const promotions::CouponStanding& standing, Instant now) {
  const promotions::Coupon& coupon = standing.coupon;
  const std::string limit =
      coupon.use_limit ? " of " + std::to_string(*coupon.use_limit) : std::string();
  std::string state = "valid";
  if (now < coupon.valid_from) state = "from " + to_rfc3339(coupon.valid_from);
  if (coupon.valid_to) state = "until " + to_rfc3339(*coupon.valid_to);
  if (coupon.ended_at || (coupon.valid_to && now >= *coupon.valid_to)) state = "ended";
  return fmt::format("{}  {}  used {}{}  {}", coupon.code, worth_of(coupon), standing.uses, limit,
                     state);
}

Task<void> run(pg::Database& database, CouponOptions options, int& status) {
  const SystemClock clock;
  Promotions promotions(database, clock);
  if (options.action == CouponOptions::Action::list) {
    for (const auto& standing : co_await promotions.list())
      std::printf("%s\n", line_of(standing, clock.now()).c_str());
    status = 0;
    co_return;
  }
  if (options.action == CouponOptions::Action::end) {
    const bool has_ended = co_await promotions.end(options.code, actor);
    status = has_ended ? 0 : fail("there is no coupon of this code that has not ended already");
    co_return;
  }
  const auto currencies = co_await market_currencies(database);
  auto coupon = read_coupon(options, currencies);
  if (!coupon) {
    status = fail(coupon.error());
    co_return;
  }
  const auto added = co_await promotions.add(std::move(*coupon), actor);
  status = added ? 0 : fail(sentence_for(added.error()));
}

}  // namespace

int coupon(const config::Config& config, const CouponOptions& options) {
  return with_current_schema(config, [&](const std::string& connection) {
    int status = 1;
    Loop loop;
    pg::Database database({.connection = connection, .connections_per_loop = 1}, {&loop});
    run_to_end(loop, run(database, options, status));
    database.close();
    return status;
  });
}

}  // namespace osier::app
