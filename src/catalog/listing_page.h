// Lists of products: a category, a collection, the result of a search. Filters and order are a GET
// form, so that every state has an address and works without JavaScript.

#pragma once

#include "catalog/listing.h"
#include "catalog/product_card.h"
#include "catalog/storefront.h"

namespace osier::catalog {

struct ListingView {
  struct Choice {
    std::string value;
    std::string label;
    bool is_chosen = false;

    static constexpr auto fields() {
      return html::fields<Choice>(html::field("value", &Choice::value),
                                  html::field("label", &Choice::label),
                                  html::field("is_chosen", &Choice::is_chosen));
    }
  };
  struct Filter {
    std::string name;  // Of the form field.
    std::string label;
    std::vector<Choice> choices;

    static constexpr auto fields() {
      return html::fields<Filter>(html::field("name", &Filter::name),
                                  html::field("label", &Filter::label),
                                  html::field("choices", &Filter::choices));
    }
  };
  std::shared_ptr<const web::Shell> shell;
  web::Head head;
  std::string title;
  std::string description;
  std::string count;  // "12 pieces"
  std::string form_url;
  std::string query;  // Of a search.
  bool is_search = false;
  std::vector<Filter> filters;
  std::vector<Choice> sorts;
  std::string price_min;
  std::string price_max;
  std::string price_lowest;  // What there is, as hints of the fields.
  std::string price_highest;
  std::string currency;
  bool only_available = false;
  std::vector<web::LinkView> chips;  // Filters in force; the link takes one away.
  std::string clear_url;
  std::vector<ProductCardView> products;
  std::vector<web::LinkView> pages;  // More than one, else empty; a gap has no url.
  std::string previous_url;
  std::string next_url;

  static constexpr auto fields() {
    return html::fields<ListingView>(
        html::field("shell", &ListingView::shell), html::field("head", &ListingView::head),
        html::field("title", &ListingView::title),
        html::field("description", &ListingView::description),
        html::field("count", &ListingView::count), html::field("form_url", &ListingView::form_url),
        html::field("query", &ListingView::query),
        html::field("is_search", &ListingView::is_search),
        html::field("filters", &ListingView::filters), html::field("sorts", &ListingView::sorts),
        html::field("price_min", &ListingView::price_min),
        html::field("price_max", &ListingView::price_max),
        html::field("price_lowest", &ListingView::price_lowest),
        html::field("price_highest", &ListingView::price_highest),
        html::field("currency", &ListingView::currency),
        html::field("only_available", &ListingView::only_available),
        html::field("chips", &ListingView::chips),
        html::field("clear_url", &ListingView::clear_url),
        html::field("products", &ListingView::products), html::field("pages", &ListingView::pages),
        html::field("previous_url", &ListingView::previous_url),
        html::field("next_url", &ListingView::next_url));
  }
};

// /c/{handle}, /collections/{handle}, /search?q=
void add_listing_pages(http::Router& router, Storefront& storefront);

}  // namespace osier::catalog
