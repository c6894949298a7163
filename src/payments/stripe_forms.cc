#include "payments/stripe_forms.h"

#include <algorithm>
#include <array>

#include "platform/http/message.h"

namespace osier::payments {

namespace {

constexpr std::size_t session_lines_max = 100;
constexpr std::size_t name_bytes_max = 250;

// "a[b][0][c]=…&…"
class Form {
 public:
  Form& add(std::string_view name, std::string_view value) {
    if (!text_.empty()) text_ += '&';
    text_.append(name).append("=").append(http::url_encode(value));
    return *this;
  }
  Form& add(std::string_view name, std::int64_t value) { return add(name, std::to_string(value)); }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

// How many powers of ten Stripe's unit is smaller (or, negative, larger) than ISO 4217's.
int unit_shift(const Currency& currency) {
  const std::string code = currency.code();
  if (code == "ISK" || code == "UGX")
    return 2;                    // Without decimals, but Stripe goes on counting hundredths.
  if (code == "MGA") return -2;  // The other way round.
  return 0;
}

// Stripe takes these with three decimals, of which the last is 0.
// https://docs.stripe.com/currencies#three-decimal
bool is_in_tens(const Currency& currency) {
  static constexpr auto codes =
      std::to_array<std::string_view>({"BHD", "JOD", "KWD", "OMR", "TND"});
  const std::string code = currency.code();
  return std::ranges::find(codes, code) != codes.end();
}

std::string cut(std::string text) {
  if (text.size() <= name_bytes_max) return text;
  std::size_t end = name_bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) --end;
  text.resize(end);
  return text;
}

struct PricedLine {
  std::string name;
  std::int64_t amount;
};

std::vector<PricedLine> priced_lines(const Purchase& purchase, std::int64_t total) {
  std::vector<PricedLine> lines;
  std::int64_t sum = 0;
  bool is_sound = !purchase.lines.empty() && purchase.lines.size() <= session_lines_max;
  for (const Purchase::Line& line : purchase.lines) {
    const auto amount = to_stripe_amount(line.total);
    is_sound = is_sound && amount && *amount >= 0 && !__builtin_add_overflow(sum, *amount, &sum);
    if (!is_sound) break;
    std::string name =
        line.quantity > 1 ? std::to_string(line.quantity) + " × " + line.title : line.title;
    lines.push_back({cut(std::move(name)), *amount});
  }
  if (is_sound && sum == total) return lines;
  return {{cut("#" + purchase.order_number), total}};
}

void add_metadata(Form& form, const Purchase& purchase, const std::string& shop_id,
                  const std::string& prefix) {
  form.add(prefix + "metadata[payment_id]", purchase.payment_id.value().to_string())
      .add(prefix + "metadata[order_id]", purchase.payable_id.value().to_string())
      .add(prefix + "metadata[order_number]", purchase.order_number);
  if (!shop_id.empty()) form.add(prefix + "metadata[shop_id]", shop_id);
}

}  // namespace

std::optional<std::int64_t> to_stripe_amount(Money amount) {
  const int shift = unit_shift(amount.currency());
  std::int64_t units = amount.amount_minor();
  if (is_in_tens(amount.currency()) && units % 10 != 0) return std::nullopt;
  if (shift > 0 && __builtin_mul_overflow(units, std::int64_t{100}, &units)) return std::nullopt;
  if (shift < 0) {
    if (units % 100 != 0) return std::nullopt;
    units /= 100;
  }
  return units;
}

Money from_stripe_amount(std::int64_t amount, Currency currency) {
  const int shift = unit_shift(currency);
  if (shift > 0) amount /= 100;
  const Money money = Money::minor(amount, currency);
  return shift < 0 ? money * 100 : money;
}

std::optional<std::string> session_form(const Purchase& purchase, const std::string& shop_id) {
  const auto total = to_stripe_amount(purchase.amount);
  if (!total || *total <= 0) return std::nullopt;
  const std::string currency = lower(purchase.amount.currency().code());
  const auto expires_at =
      std::chrono::floor<std::chrono::seconds>(purchase.expires_at + session_life_after_hold);

  Form form;
  form.add("mode", "payment")
      .add("client_reference_id", purchase.payable_id.value().to_string())
      .add("success_url", purchase.success_url)
      .add("cancel_url", purchase.cancel_url)
      .add("locale", stripe_locale(purchase.locale))
      .add("expires_at", expires_at.time_since_epoch().count());
  if (!purchase.email.empty()) form.add("customer_email", purchase.email);
  add_metadata(form, purchase, shop_id, "");
  form.add("payment_intent_data[description]", "#" + purchase.order_number);
  form.add("payment_intent_data[metadata][payment_id]", purchase.payment_id.value().to_string())
      .add("payment_intent_data[metadata][order_id]", purchase.payable_id.value().to_string())
      .add("payment_intent_data[metadata][order_number]", purchase.order_number);
  if (!shop_id.empty()) form.add("payment_intent_data[metadata][shop_id]", shop_id);

  const auto lines = priced_lines(purchase, *total);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string prefix = "line_items[" + std::to_string(i) + "]";
    form.add(prefix + "[quantity]", 1)
        .add(prefix + "[price_data][currency]", currency)
        .add(prefix + "[price_data][unit_amount]", lines[i].amount)
        .add(prefix + "[price_data][product_data][name]", lines[i].name);
  }
  return form.take();
}

std::optional<std::string> intent_form(const Purchase& purchase, const std::string& shop_id) {
  const auto total = to_stripe_amount(purchase.amount);
  if (!total || *total <= 0) return std::nullopt;
  Form form;
  form.add("amount", *total)
      .add("currency", lower(purchase.amount.currency().code()))
      .add("automatic_payment_methods[enabled]", "true")
      .add("description", "#" + purchase.order_number);
  add_metadata(form, purchase, shop_id, "");
  return form.take();
}

std::optional<std::string> refund_form(const std::string& payment_intent, RefundId refund_id,
                                       Money amount) {
  const auto units = to_stripe_amount(amount);
  if (!units || *units <= 0) return std::nullopt;
  Form form;
  form.add("payment_intent", payment_intent)
      .add("amount", *units)
      .add("metadata[refund_id]", refund_id.value().to_string());
  return form.take();
}

std::optional<std::string> undo_form(const std::string& payment_intent, Money amount) {
  const auto units = to_stripe_amount(amount);
  if (!units || *units <= 0) return std::nullopt;
  Form form;
  form.add("payment_intent", payment_intent)
      .add("amount", *units)
      .add("metadata[reason]", "payment_without_order");
  return form.take();
}

std::string_view stripe_locale(std::string_view tag) {
  static constexpr auto known = std::to_array<std::string_view>(
      {"bg", "cs",  "da", "de",    "el", "en", "en-GB", "es", "es-419", "et",
       "fi", "fil", "fr", "fr-CA", "hr", "hu", "id",    "it", "ja",     "ko",
       "lt", "lv",  "ms", "mt",    "nb", "nl", "pl",    "pt", "pt-BR",  "ro",
       "ru", "sk",  "sl", "sv",    "th", "tr", "vi",    "zh", "zh-HK",  "zh-TW"});
  for (const std::string_view wanted : {tag, tag.substr(0, tag.find('-'))}) {
    const auto found = std::ranges::find(known, wanted);
    if (found != known.end()) return *found;
  }
  return "auto";
}

}  // namespace osier::payments
