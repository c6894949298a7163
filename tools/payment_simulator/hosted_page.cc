#include "hosted_page.h"

#include <array>
#include <cstdlib>

namespace osier::simulator {

namespace {

struct Texts {
  const char* language;
  const char* title;
  const char* test_mode;
  const char* back;
  const char* pay_to;
  const char* total_due;
  const char* shipping;
  const char* quantity;
  const char* pay_with_card;
  const char* email;
  const char* card_number;
  const char* expiry;
  const char* expiry_hint;
  const char* cvc;
  const char* name;
  const char* pay;
  const char* hint;
  const char* challenge_title;
  const char* challenge_text;
  const char* complete;
  const char* fail;
  const char* done;
  const char* expired;
  const char* unknown;
  const char* challenge_done;
  const char* go_on;
};

constexpr Texts english = {"en",
                           "Payment",
                           "TEST MODE",
                           "Back to the shop",
                           "Your order",
                           "Total due",
                           "Shipping",
                           "Quantity",
                           "Pay with card",
                           "E-mail",
                           "Card number",
                           "Expiry date",
                           "MM / YY",
                           "Security code (CVC)",
                           "Name on card",
                           "Pay",
                           "This is a simulator: no money moves. Test card 4242 4242 4242 4242, "
                           "any future date, any three digits.",
                           "Confirm it is you",
                           "Your bank asks for a second confirmation of this payment (3-D Secure). "
                           "In this test you decide how it ends.",
                           "Complete authentication",
                           "Fail authentication",
                           "This payment is complete. There is nothing left to do here.",
                           "This payment page has expired. Nothing was charged.",
                           "There is no such payment page.",
                           "Thank you. You can close this page.",
                           "Back to the shop"};

constexpr Texts german = {"de",
                          "Zahlung",
                          "TESTMODUS",
                          "Zurück zum Shop",
                          "Ihre Bestellung",
                          "Gesamtbetrag",
                          "Versand",
                          "Menge",
                          "Mit Karte zahlen",
                          "E-Mail",
                          "Kartennummer",
                          "Gültig bis",
                          "MM / JJ",
                          "Prüfziffer (CVC)",
                          "Name auf der Karte",
                          "Jetzt zahlen:",
                          "Dies ist ein Simulator: Es fließt kein Geld. Testkarte 4242 4242 4242 "
                          "4242, ein künftiges Datum, drei Ziffern.",
                          "Bitte bestätigen Sie die Zahlung",
                          "Ihre Bank verlangt eine zweite Bestätigung dieser Zahlung (3-D Secure). "
                          "In diesem Test entscheiden Sie, wie sie "
                          "ausgeht.",
                          "Bestätigen",
                          "Ablehnen",
                          "Diese Zahlung ist abgeschlossen. Hier ist nichts mehr zu tun.",
                          "Diese Zahlungsseite ist abgelaufen. Es wurde nichts abgebucht.",
                          "Diese Zahlungsseite gibt es nicht.",
                          "Danke. Sie können diese Seite schließen.",
                          "Zurück zum Shop"};

const Texts& texts_of(const std::string& locale) { return locale == "de" ? german : english; }

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// A link from the shop: nothing but http and https.
std::string safe_link(const std::string& url) {
  return url.starts_with("http://") || url.starts_with("https://") ? escaped(url) : "";
}

std::string page(const Texts& texts, std::string_view title, std::string_view body) {
  std::string out = "<!DOCTYPE html>\n<html lang=\"";
  out.append(texts.language)
      .append(
          "\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
          "content=\"width=device-width, "
          "initial-scale=1\">\n<meta name=\"robots\" content=\"noindex\">\n<title>")
      .append(title)
      .append(
          "</title>\n<link rel=\"stylesheet\" href=\"/assets/pay.css\">\n<link rel=\"icon\" "
          "href=\"data:,\">\n"
          "</head>\n<body>\n")
      .append(body)
      .append("</body>\n</html>\n");
  return out;
}

std::string line_row(const std::string& name, const std::string& detail,
                     const std::string& amount) {
  std::string row = "<li><span>" + escaped(name);
  if (!detail.empty()) row += "<small>" + escaped(detail) + "</small>";
  return row + "</span><span class=\"amount\">" + escaped(amount) + "</span></li>\n";
}

std::string summary(const json::Object& session, const json::Array& items, const Texts& texts) {
  const std::string locale = texts.language;
  const std::string currency = text_of(session, "currency");
  const std::string total = amount_text(number_of(session, "amount_total"), currency, locale);
  std::string out = "<section class=\"summary\" aria-labelledby=\"order\">\n";
  if (const std::string link = safe_link(text_of(session, "cancel_url")); !link.empty()) {
    out += "<a class=\"back\" id=\"cancel\" href=\"" + link + "\">← " + texts.back + "</a>";
  }
  out += std::string("<strong class=\"test\">") + texts.test_mode + "</strong>\n<h1 id=\"order\">" +
         texts.pay_to + "</h1>\n<p class=\"total\" id=\"total\">" + escaped(total) +
         "</p>\n<ul class=\"lines\">\n";
  for (const auto& value : items) {
    const auto& item = value.get_object();
    const std::int64_t quantity = number_of(item, "quantity");
    const std::string detail =
        quantity > 1 ? std::string(texts.quantity) + " " + std::to_string(quantity) : "";
    out += line_row(text_of(item, "description"), detail,
                    amount_text(number_of(item, "amount_total"), currency, locale));
  }
  const auto& totals = session.at("total_details").get_object();
  if (const std::int64_t shipping = number_of(totals, "amount_shipping"); shipping > 0) {
    out += line_row(texts.shipping, "", amount_text(shipping, currency, locale));
  }
  out += "<li class=\"sum\"><span>" + std::string(texts.total_due) +
         "</span><span class=\"amount\">" + escaped(total) + "</span></li>\n</ul>\n</section>\n";
  return out;
}

struct Input {
  const char* id;
  const char* label;
  const char* type;
  const char* autocomplete;
  const char* more;
  std::string value{};
};

std::string field(const Input& input, const FormState& form) {
  const bool is_wrong = form.wrong_field == input.id;
  std::string out = "<div class=\"field\"><label for=\"";
  out.append(input.id)
      .append("\">")
      .append(input.label)
      .append("</label><input id=\"")
      .append(input.id);
  out.append("\" name=\"").append(input.id).append("\" type=\"").append(input.type);
  out.append("\" autocomplete=\"")
      .append(input.autocomplete)
      .append("\" required ")
      .append(input.more);
  if (!input.value.empty()) out.append(" value=\"").append(escaped(input.value)).append("\"");
  if (is_wrong) out += " aria-invalid=\"true\" aria-describedby=\"error\"";
  return out + "></div>\n";
}

}  // namespace

std::string amount_text(std::int64_t minor, const std::string& currency,
                        const std::string& locale) {
  const bool has_cents = currency != "jpy";
  std::string whole = std::to_string(std::abs(has_cents ? minor / 100 : minor));
  for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(whole.size()) - 3; at > 0; at -= 3) {
    whole.insert(static_cast<std::size_t>(at), locale == "de" ? "." : ",");
  }
  if (has_cents) {
    const std::string cents = std::to_string(100 + std::abs(minor % 100)).substr(1);
    whole += (locale == "de" ? "," : ".") + cents;
  }
  std::string sign = currency == "eur"   ? "€"
                     : currency == "usd" ? "$"
                     : currency == "gbp" ? "£"
                                         : "";
  if (sign.empty()) {
    for (const char c : currency) sign += static_cast<char>(c - 'a' + 'A');
    sign += locale == "de" ? "" : " ";
  }
  const std::string minus = minor < 0 ? "-" : "";
  return minus + (locale == "de" ? whole + "\u00a0" + sign : sign + whole);
}

std::string payment_page(const json::Object& session, const json::Array& items,
                         const FormState& form) {
  const Texts& texts = texts_of(text_of(session, "locale"));
  std::string out = "<main class=\"frame\">\n" + summary(session, items, texts);
  out += "<section class=\"payment\" aria-labelledby=\"pay\">\n<h2 id=\"pay\">" +
         std::string(texts.pay_with_card) + "</h2>\n";
  if (!form.error.empty()) {
    out += "<p class=\"alert\" id=\"error\" role=\"alert\">" + escaped(form.error) + "</p>\n";
  }
  const std::string expiry_more =
      std::string("inputmode=\"numeric\" maxlength=\"9\" placeholder=\"") + texts.expiry_hint +
      "\"";
  out += "<form method=\"post\" action=\"/c/pay/" + escaped(text_of(session, "id")) + "\">\n";
  out += field({"email", texts.email, "email", "email", "maxlength=\"320\"", form.email}, form);
  out += field({"cardNumber", texts.card_number, "text", "cc-number",
                "inputmode=\"numeric\" maxlength=\"23\" placeholder=\"1234 1234 1234 1234\""},
               form);
  out += "<div class=\"pair\">\n";
  out += field({"cardExpiry", texts.expiry, "text", "cc-exp", expiry_more.c_str()}, form);
  out += field({"cardCvc", texts.cvc, "text", "cc-csc",
                "inputmode=\"numeric\" maxlength=\"4\" placeholder=\"CVC\""},
               form);
  out += "</div>\n";
  out +=
      field({"billingName", texts.name, "text", "cc-name", "maxlength=\"150\"", form.name}, form);
  out += "<button type=\"submit\" id=\"submit\">" + std::string(texts.pay) + " " +
         escaped(amount_text(number_of(session, "amount_total"), text_of(session, "currency"),
                             texts.language)) +
         "</button>\n</form>\n<p class=\"hint\">" + texts.hint + "</p>\n</section>\n</main>\n";
  return page(texts, texts.title, out);
}

std::string challenge_page(const json::Object& intent, const std::string& locale) {
  const Texts& texts = texts_of(locale);
  std::string out = "<main class=\"single\">\n<h2>" + std::string(texts.challenge_title) +
                    "</h2>\n<p class=\"total\">" +
                    escaped(amount_text(number_of(intent, "amount"), text_of(intent, "currency"),
                                        texts.language)) +
                    "</p>\n<p>" + texts.challenge_text + "</p>\n<form method=\"post\">\n" +
                    "<button type=\"submit\" name=\"outcome\" value=\"complete\" id=\"complete\">" +
                    texts.complete +
                    "</button>\n<button class=\"second\" type=\"submit\" name=\"outcome\" "
                    "value=\"fail\" id=\"fail\">" +
                    texts.fail + "</button>\n</form>\n</main>\n";
  return page(texts, texts.challenge_title, out);
}

std::string notice_page(Notice notice, const std::string& locale, const std::string& link) {
  const Texts& texts = texts_of(locale);
  const char* text = texts.unknown;
  if (notice == Notice::complete) text = texts.done;
  if (notice == Notice::expired) text = texts.expired;
  if (notice == Notice::challenge_done) text = texts.challenge_done;
  std::string out =
      "<main class=\"single\">\n<h2>" + std::string(texts.title) + "</h2>\n<p>" + text + "</p>\n";
  if (const std::string safe = safe_link(link); !safe.empty()) {
    out += "<p><a class=\"back\" href=\"" + safe + "\">" + texts.go_on + "</a></p>\n";
  }
  return page(texts, texts.title, out + "</main>\n");
}

std::string decline_text(const json::Object& error, const std::string& locale) {
  if (locale != "de") return text_of(error, "message");
  struct Line {
    std::string_view code;
    const char* text;
  };
  static constexpr std::array lines = {
      Line{"insufficient_funds", "Ihre Karte ist nicht ausreichend gedeckt."},
      Line{"expired_card", "Ihre Karte ist abgelaufen."},
      Line{"incorrect_cvc", "Die Prüfziffer Ihrer Karte ist falsch."},
      Line{"incorrect_number", "Ihre Kartennummer ist falsch."},
      Line{"processing_error",
           "Bei der Verarbeitung Ihrer Karte ist ein Fehler aufgetreten. Bitte versuchen Sie es "
           "gleich noch einmal."},
      Line{"payment_intent_authentication_failure",
           "Die Zahlung konnte nicht bestätigt werden. Bitte wählen Sie ein anderes Zahlungsmittel "
           "und versuchen Sie es "
           "noch einmal."},
      Line{"invalid_expiry", "Das Ablaufdatum Ihrer Karte ist ungültig."},
      Line{"invalid_email", "Bitte geben Sie eine gültige E-Mail-Adresse ein."},
      Line{"invalid_cvc", "Bitte geben Sie die Prüfziffer Ihrer Karte ein."},
      Line{"invalid_name", "Bitte geben Sie den Namen auf der Karte ein."},
  };
  for (const Line& line : lines) {
    if (line.code == text_of(error, "decline_code") || line.code == text_of(error, "code"))
      return line.text;
  }
  return "Ihre Karte wurde abgelehnt.";
}

}  // namespace osier::simulator
