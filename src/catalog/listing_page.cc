#include "catalog/listing_page.h"

#include <algorithm>

#include "catalog/listing_query.h"

namespace osier::catalog {

namespace {

// What a listing is of: its path, its words, and the version of what it shows.
struct Subject {
  std::string path;
  std::string title;
  std::string description;
  std::uint64_t version = 0;
  bool is_search = false;
};

class ListingPageMaker {
 public:
  ListingPageMaker(const PageContext& context, const Storefront& storefront, const Subject& subject,
                   const ListingRequest& request)
      : context_(context),
        storefront_(storefront),
        subject_(subject),
        request_(request),
        currency_(context.market().currency) {}

  ListingView view() {
    const Listing listing = list_products(*context_.snapshot, request_);
    ListingView view;
    view.shell = context_.shell;
    view.head = head();
    view.title = subject_.title;
    view.description = subject_.description;
    view.count =
        context_.text("listing.count", {{"count", static_cast<std::int64_t>(listing.total)}});
    view.form_url = context_.url(subject_.path);
    view.query = request_.query;
    view.is_search = subject_.is_search;
    view.currency = currency_.code();
    view.only_available = request_.availability == AvailabilityFilter::available;
    add_filters(view, listing);
    add_chips(view, listing);
    for (const std::size_t product : listing.products)
      view.products.push_back(product_card(context_, product));
    add_pages(view, listing);
    return view;
  }

 private:
  std::string url_of(const ListingRequest& request) const {
    return context_.url(subject_.path) + to_query(request, currency_);
  }

  web::Head head() const {
    if (subject_.is_search) {
      auto head = storefront_.private_head(context_, subject_.title,
                                           subject_.path + to_query(request_, currency_));
      return head;
    }
    auto head =
        storefront_.public_head(context_, subject_.title, subject_.description, subject_.path);
    // Only the plain list is for search engines; filtered ones point to it.
    if (request_.page > 1) head.canonical_url += "?page=" + std::to_string(request_.page);
    head.breadcrumbs = {{context_.url("/"), context_.text("shell.home"), false},
                        {"", subject_.title, true}};
    return head;
  }

  void add_filters(ListingView& view, const Listing& listing) const {
    for (const Facet& facet : listing.facets) {
      ListingView::Filter filter{
          .name = "option." + facet.option, .label = facet.name, .choices = {}};
      filter.choices.push_back({"", context_.text("listing.any"), false});
      for (const FacetValue& value : facet.values) {
        filter.choices.push_back(
            {value.code, value.name + " (" + std::to_string(value.count) + ")", value.is_chosen});
      }
      view.filters.push_back(std::move(filter));
    }
    for (const Sort sort : {Sort::featured, Sort::newest, Sort::price_ascending,
                            Sort::price_descending, Sort::name}) {
      const std::string word(to_string(sort));
      view.sorts.push_back({word, context_.text("listing.sort_" + word), sort == request_.sort});
    }
    const auto plain = [&](std::int64_t minor) {
      return Money::minor(minor, currency_).to_decimal();
    };
    if (request_.price_min_minor) view.price_min = plain(*request_.price_min_minor);
    if (request_.price_max_minor) view.price_max = plain(*request_.price_max_minor);
    if (listing.price_lowest) view.price_lowest = plain(listing.price_lowest->amount_minor());
    if (listing.price_highest) view.price_highest = plain(listing.price_highest->amount_minor());
  }

  // One chip per filter in force; following it takes the filter away.
  void add_chips(ListingView& view, const Listing& listing) const {
    for (const Facet& facet : listing.facets) {
      for (const FacetValue& value : facet.values) {
        if (!value.is_chosen) continue;
        ListingRequest without = first_page();
        for (OptionFilter& filter : without.options) {
          if (filter.option == facet.option) std::erase(filter.values, value.code);
        }
        view.chips.push_back({url_of(without), facet.name + ": " + value.name, false});
      }
    }
    if (request_.price_min_minor || request_.price_max_minor) {
      ListingRequest without = first_page();
      without.price_min_minor = without.price_max_minor = std::nullopt;
      const auto shown = [&](const std::optional<std::int64_t>& minor) {
        return minor ? context_.money(Money::minor(*minor, currency_)) : std::string("…");
      };
      view.chips.push_back(
          {url_of(without),
           shown(request_.price_min_minor) + " – " + shown(request_.price_max_minor), false});
    }
    if (view.only_available) {
      ListingRequest without = first_page();
      without.availability = AvailabilityFilter::all;
      view.chips.push_back({url_of(without), context_.text("listing.only_available"), false});
    }
    if (!view.chips.empty()) {
      ListingRequest clear;
      clear.query = request_.query;
      clear.sort = request_.sort;
      view.clear_url = url_of(clear);
    }
  }

  ListingRequest first_page() const {
    ListingRequest request = request_;
    request.page = 1;
    return request;
  }

  std::string url_of_page(std::size_t page) const {
    ListingRequest request = request_;
    request.page = page;
    return url_of(request);
  }

  // 1 … 4 [5] 6 … 20
  void add_pages(ListingView& view, const Listing& listing) const {
    if (listing.pages < 2) return;
    const std::size_t page = std::min(listing.page, listing.pages);
    std::size_t last_shown = 0;
    for (std::size_t i = 1; i <= listing.pages; ++i) {
      const bool is_near = i + 1 >= page && i <= page + 1;
      if (i != 1 && i != listing.pages && !is_near) continue;
      if (i > last_shown + 1) view.pages.push_back({"", "…", false});
      view.pages.push_back({url_of_page(i), std::to_string(i), i == page});
      last_shown = i;
    }
    if (page > 1) view.previous_url = url_of_page(page - 1);
    if (page < listing.pages) view.next_url = url_of_page(page + 1);
  }

  const PageContext& context_;
  const Storefront& storefront_;
  const Subject& subject_;
  const ListingRequest& request_;
  const Currency currency_;
};

PublicPage listing_page(const PageContext& context, const Storefront& storefront,
                        const html::Page<ListingView>& page, Subject subject,
                        ListingRequest request) {
  request.market = context.market_index;
  request.locale = context.place.locale;
  PublicPage made;
  made.key = subject.path + to_query(request, context.market().currency);
  made.version = subject.version;
  made.render = [&context, &storefront, &page, subject = std::move(subject),
                 request = std::move(request)] {
    return page.render(ListingPageMaker(context, storefront, subject, request).view(),
                       *context.texts);
  };
  return made;
}

std::optional<PublicPage> bad_query(const PageContext&, const Storefront& storefront,
                                    const http::Request& request) {
  PublicPage page;
  page.key = "/400";
  page.content.status = 400;
  page.render = [&storefront, request] { return storefront.error_page(request, 400).body; };
  return page;
}

}  // namespace

void add_listing_pages(http::Router& router, Storefront& storefront) {
  const auto page = storefront.engine().page<ListingView>("listing.html");

  storefront.add_public_page(
      router, "/c/{handle}",
      [&storefront, page](const PageContext& context,
                          const http::Request& request) -> std::optional<PublicPage> {
        const Snapshot& snapshot = *context.snapshot;
        const auto index = snapshot.category_by_handle(request.path_value(0));
        if (!index) return std::nullopt;
        auto listing = read_listing_query(request, context.market().currency);
        if (!listing) return bad_query(context, storefront, request);
        listing->category = index;
        listing->query.clear();
        const Category& category = snapshot.categories()[*index];
        Subject subject{.path = "/c/" + category.handle,
                        .title = category.title.at(context.place.locale),
                        .description = category.description.at(context.place.locale),
                        .version = snapshot.category_version(*index)};
        return listing_page(context, storefront, page, std::move(subject), std::move(*listing));
      });

  storefront.add_public_page(
      router, "/collections/{handle}",
      [&storefront, page](const PageContext& context,
                          const http::Request& request) -> std::optional<PublicPage> {
        const Snapshot& snapshot = *context.snapshot;
        const auto index = snapshot.collection_by_handle(request.path_value(0));
        if (!index) return std::nullopt;
        auto listing = read_listing_query(request, context.market().currency);
        if (!listing) return bad_query(context, storefront, request);
        listing->collection = index;
        listing->query.clear();
        const Collection& collection = snapshot.collections()[*index];
        Subject subject{.path = "/collections/" + collection.handle,
                        .title = collection.title.at(context.place.locale),
                        .description = collection.description.at(context.place.locale),
                        .version = snapshot.collection_version(*index)};
        return listing_page(context, storefront, page, std::move(subject), std::move(*listing));
      });

  storefront.add_public_page(
      router, "/search",
      [&storefront, page](const PageContext& context,
                          const http::Request& request) -> std::optional<PublicPage> {
        auto listing = read_listing_query(request, context.market().currency);
        if (!listing) return bad_query(context, storefront, request);
        Subject subject{.path = "/search",
                        .title = listing->query.empty() ? context.text("search.title")
                                                        : context.text("search.title_for",
                                                                       {{"query", listing->query}}),
                        .description = "",
                        .version = context.snapshot->version(),
                        .is_search = true};
        return listing_page(context, storefront, page, std::move(subject), std::move(*listing));
      });
}

}  // namespace osier::catalog
