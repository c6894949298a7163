// The shop's pages of text: imprint, terms, privacy, delivery, returns. /pages/{handle}

#pragma once

#include "catalog/storefront.h"

namespace osier::catalog {

struct ContentPageView {
  std::shared_ptr<const web::Shell> shell;
  web::Head head;
  std::string title;
  html::Html body;

  static constexpr auto fields() {
    return html::fields<ContentPageView>(
        html::field("shell", &ContentPageView::shell), html::field("head", &ContentPageView::head),
        html::field("title", &ContentPageView::title), html::field("body", &ContentPageView::body));
  }
};

void add_content_pages(http::Router& router, Storefront& storefront);

}  // namespace osier::catalog
