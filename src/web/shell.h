// What surrounds every page of the storefront: head, header, navigation, footer. Plain views for
// templates/layout.html; whoever knows the shop fills them.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/html/view.h"

namespace osier::web {

struct LinkView {
  std::string url;
  std::string label;
  bool is_current = false;

  static constexpr auto fields() {
    return html::fields<LinkView>(html::field("url", &LinkView::url),
                                  html::field("label", &LinkView::label),
                                  html::field("is_current", &LinkView::is_current));
  }
};

// A picture in several formats and widths: partials/picture.html.
struct PictureView {
  std::string url;   // JPEG of middle width, for browsers that know nothing else.
  std::string avif;  // srcset values; empty: not there.
  std::string webp;
  std::string jpeg;
  std::int32_t width = 0;
  std::int32_t height = 0;
  std::string alt;  // Empty: decoration beside a text that says the same.

  static constexpr auto fields() {
    return html::fields<PictureView>(
        html::field("url", &PictureView::url), html::field("avif", &PictureView::avif),
        html::field("webp", &PictureView::webp), html::field("jpeg", &PictureView::jpeg),
        html::field("width", &PictureView::width), html::field("height", &PictureView::height),
        html::field("alt", &PictureView::alt));
  }
};

// One market and the languages it can be read in.
struct MarketChoiceView {
  std::string name;                 // "European Union (EUR)"
  std::vector<LinkView> languages;  // The same page there.

  static constexpr auto fields() {
    return html::fields<MarketChoiceView>(html::field("name", &MarketChoiceView::name),
                                          html::field("languages", &MarketChoiceView::languages));
  }
};

// The same for all pages of a place.
struct Shell {
  std::string shop_name;
  std::string locale;
  std::string direction;  // "ltr" or "rtl"
  std::string home_url;
  std::string account_url;
  std::string cart_url;
  std::string search_url;
  std::string me_url;
  std::string stylesheet_url;
  std::string script_url;
  std::string announcement;
  std::vector<LinkView> navigation;
  std::vector<LinkView> legal;
  std::string seller_name;
  std::string seller_address;
  std::string seller_email;

  static constexpr auto fields() {
    return html::fields<Shell>(
        html::field("shop_name", &Shell::shop_name), html::field("locale", &Shell::locale),
        html::field("direction", &Shell::direction), html::field("home_url", &Shell::home_url),
        html::field("account_url", &Shell::account_url), html::field("cart_url", &Shell::cart_url),
        html::field("search_url", &Shell::search_url), html::field("me_url", &Shell::me_url),
        html::field("stylesheet_url", &Shell::stylesheet_url),
        html::field("script_url", &Shell::script_url),
        html::field("announcement", &Shell::announcement),
        html::field("navigation", &Shell::navigation), html::field("legal", &Shell::legal),
        html::field("seller_name", &Shell::seller_name),
        html::field("seller_address", &Shell::seller_address),
        html::field("seller_email", &Shell::seller_email));
  }
};

struct AlternateView {
  std::string language;  // "de-DE", "x-default"
  std::string url;

  static constexpr auto fields() {
    return html::fields<AlternateView>(html::field("language", &AlternateView::language),
                                       html::field("url", &AlternateView::url));
  }
};

// What is this page's own in the layout.
struct Head {
  std::string title;
  std::string description;
  std::string canonical_url;  // Absolute; empty for pages that are nobody else's business.
  bool is_indexed = true;
  std::vector<AlternateView> alternates;
  std::vector<html::Json> json_ld;
  std::string image_url;                  // Absolute, for link previews; may be empty.
  std::vector<MarketChoiceView> markets;  // The chooser: this page in other markets and languages.
  std::vector<LinkView> breadcrumbs;      // From home; empty: none.

  static constexpr auto fields() {
    return html::fields<Head>(
        html::field("title", &Head::title), html::field("description", &Head::description),
        html::field("canonical_url", &Head::canonical_url),
        html::field("is_indexed", &Head::is_indexed), html::field("alternates", &Head::alternates),
        html::field("json_ld", &Head::json_ld), html::field("image_url", &Head::image_url),
        html::field("markets", &Head::markets), html::field("breadcrumbs", &Head::breadcrumbs));
  }
};

}  // namespace osier::web
