#include "catalog/storefront.h"

#include <map>

namespace osier::catalog {

// What depends on the shop's settings alone: the places, and what pages of each are made from. A
// page in the cache costs little more than this look-up.
struct Storefront::Frame {
  std::uint64_t settings_version = 0;
  std::shared_ptr<const web::Places> places;
  std::map<std::string, PageContext> contexts;  // By the place's prefix; without snapshot and time.
};

namespace {

std::shared_ptr<const web::Places> places_of(const Snapshot& snapshot) {
  std::vector<web::Places::Market> markets;
  for (const Market& market : snapshot.markets()) {
    markets.push_back({market.code, market.name.at("en"), market.locales});
  }
  return std::make_shared<const web::Places>(markets);
}

// Without its own errors: a place with a language that ICU does not know reads as English.
locale::Locale locale_of(const web::Place& place) {
  return locale::Locale::parse(place.locale).value_or(locale::Locale{});
}

}  // namespace

Storefront::Storefront(const Catalog& catalog, html::Engine& engine, const locale::Catalogue& texts,
                       const web::Assets& assets, web::PageCache& cache, const Clock& clock,
                       std::string base_url)
    : catalog_(catalog),
      engine_(engine),
      texts_(texts),
      assets_(assets),
      cache_(cache),
      clock_(clock),
      base_url_(std::move(base_url)),
      error_page_(engine.page<web::ErrorView>("error.html")) {}

std::shared_ptr<const web::Shell> Storefront::shell_of(const PageContext& context) const {
  const Snapshot& snapshot = *context.snapshot;
  const Shop& shop = snapshot.shop();
  const std::string& locale = context.place.locale;
  auto shell = std::make_shared<web::Shell>();
  shell->shop_name = shop.name;
  shell->locale = locale;
  shell->direction = context.locale.is_right_to_left() ? "rtl" : "ltr";
  shell->home_url = context.url("/");
  shell->account_url = context.url("/account");
  shell->cart_url = context.url("/cart");
  shell->search_url = context.url("/search");
  shell->me_url = context.url("/me.json");
  shell->stylesheet_url = assets_.url("shop.css");
  shell->script_url = assets_.url("shop.js");
  shell->announcement = context.market().announcement.at(locale);
  for (const Category& category : snapshot.categories()) {
    if (category.parent) continue;
    shell->navigation.push_back(
        {context.url("/c/" + category.handle), category.title.at(locale), false});
  }
  for (const ContentPage& page : snapshot.content_pages()) {
    shell->legal.push_back({context.url("/pages/" + page.handle), page.title.at(locale), false});
  }
  // The page is the room of orders'; it must be found from everywhere (Directive 2011/83/EU,
  // article 11a).
  if (context.market().region == "eu")
    shell->legal.push_back({context.url("/withdraw"), context.text("shell.withdraw"), false});
  shell->seller_name = shop.seller.name;
  shell->seller_address = shop.seller.address;
  shell->seller_email = shop.seller.email;
  return shell;
}

std::shared_ptr<const Storefront::Frame> Storefront::frame_of(
    const std::shared_ptr<const Snapshot>& snapshot) const {
  const std::lock_guard lock(mutex_);
  if (frame_ && frame_->settings_version == snapshot->settings_version()) return frame_;
  auto frame = std::make_shared<Frame>();
  frame->settings_version = snapshot->settings_version();
  frame->places = places_of(*snapshot);
  for (const web::Place& place : frame->places->all()) {
    PageContext context;
    context.snapshot = snapshot;
    context.places = frame->places;
    context.place = place;
    context.market_index = *snapshot->market_index(place.market);
    context.locale = locale_of(place);
    context.texts = &texts_.in(context.locale);
    context.shell = shell_of(context);
    context.snapshot.reset();  // An old picture is not to outlive its readers by this.
    frame->contexts.emplace(place.prefix, std::move(context));
  }
  frame_ = frame;
  return frame_;
}

PageContext Storefront::at(const Frame& frame, const web::Place& place,
                           std::shared_ptr<const Snapshot> snapshot) const {
  // A place of an older snapshot may be gone by now.
  const web::Place* current = frame.places->find(place.market, place.locale);
  PageContext context =
      frame.contexts.at(current != nullptr ? current->prefix : frame.places->first().prefix);
  context.snapshot = std::move(snapshot);
  context.now = clock_.now();
  return context;
}

PageContext Storefront::at(const web::Place& place) const {
  auto snapshot = catalog_.snapshot();
  const auto frame = frame_of(snapshot);
  return at(*frame, place, std::move(snapshot));
}

PageContext Storefront::at_first_place() const {
  auto snapshot = catalog_.snapshot();
  const auto frame = frame_of(snapshot);
  return at(*frame, frame->places->first(), std::move(snapshot));
}

PageContext Storefront::at(std::string_view market, std::string_view locale) const {
  auto snapshot = catalog_.snapshot();
  const auto frame = frame_of(snapshot);
  const web::Place* place = frame->places->find(market, locale);
  return at(*frame, place != nullptr ? *place : frame->places->first(), std::move(snapshot));
}

namespace {

std::vector<web::MarketChoiceView> market_choices(const PageContext& context,
                                                  std::string_view path) {
  std::vector<web::MarketChoiceView> choices;
  for (const Market& market : context.snapshot->markets()) {
    web::MarketChoiceView choice;
    choice.name = market.name.at(context.place.locale) + " (" + market.currency.code() + ")";
    for (const std::string& tag : market.locales) {
      const web::Place* place = context.places->find(market.code, tag);
      choice.languages.push_back(
          {"/place/" + place->name() + "?path=" + http::url_encode(path),
           locale::own_name(locale::Locale::parse(tag).value_or(locale::Locale{})),
           *place == context.place});
    }
    choices.push_back(std::move(choice));
  }
  return choices;
}

}  // namespace

web::Head Storefront::public_head(const PageContext& context, std::string title,
                                  std::string description, std::string_view path) const {
  web::Head head;
  const std::string& shop_name = context.shell->shop_name;
  head.title = title == shop_name ? title : title + " · " + shop_name;
  head.description = std::move(description);
  head.canonical_url = base_url_ + context.url(path);
  for (const web::Place& place : context.places->all()) {
    // A language of several countries is named with the market's default country ("en-DE"), so that
    // each is distinct.
    const Market* market = context.snapshot->market(place.market);
    head.alternates.push_back(
        {place.locale + "-" + market->default_country, base_url_ + place.url(path)});
  }
  head.alternates.push_back({"x-default", base_url_ + context.places->first().url(path)});
  head.markets = market_choices(context, path);
  return head;
}

web::Head Storefront::private_head(const PageContext& context, std::string title,
                                   std::string_view path) const {
  web::Head head;
  head.title = title + " · " + context.shell->shop_name;
  head.is_indexed = false;
  if (!path.empty()) head.markets = market_choices(context, path);
  return head;
}

std::optional<http::Response> Storefront::answer_public(const PublicHandler& handler,
                                                        const PageContext& context,
                                                        const http::Request& request) const {
  auto page = handler(context, request);
  if (!page) return std::nullopt;
  // The settings are on every page (navigation, footer), so their version is part of each page's.
  const std::uint64_t version = page->version * 1'000'003 + context.snapshot->settings_version();
  return cache_.answer(request, context.place.prefix + page->key, version, page->content,
                       page->render);
}

namespace {

// The first path value is the place: takes it off. False if there is no such place.
bool take_place(http::Request& request, const web::Places& places, web::Place& place) {
  const web::Place* found = places.by_segment(request.path_values.front());
  if (found == nullptr) return false;
  place = *found;
  request.path_values.erase(request.path_values.begin());
  return true;
}

std::string at_any_place(const std::string& pattern) {
  return pattern == "/" ? "/{place}" : "/{place}" + pattern;
}

Task<http::Response> not_found(const Storefront& storefront, http::Request request) {
  co_return storefront.error_page(request, 404);
}

}  // namespace

void Storefront::add_public_page(http::Router& router, const std::string& pattern,
                                 PublicHandler handler) {
  const http::Handler missing = [this](http::Request request) {
    return not_found(*this, std::move(request));
  };

  http::RouteOptions options;
  options.quick = [this, handler](const http::Request& request) {
    return answer_public(handler, at_first_place(), request);
  };
  router.get(pattern, http::Access::everyone(), missing, options);

  options.quick = [this, handler](const http::Request& request) -> std::optional<http::Response> {
    http::Request inner = request;
    web::Place place;
    if (!take_place(inner, *frame_of(catalog_.snapshot())->places, place)) return std::nullopt;
    return answer_public(handler, at(place), inner);
  };
  router.get(at_any_place(pattern), http::Access::everyone(), missing, options);
}

namespace {

void add_route(http::Router& router, http::Method method, const std::string& pattern,
               http::Access access, http::Handler handler) {
  if (method == http::Method::get) {
    router.get(pattern, std::move(access), std::move(handler));
  } else {
    require(method == http::Method::post, "a page is read or posted to");
    router.post(pattern, std::move(access), std::move(handler));
  }
}

}  // namespace

void Storefront::add_page(http::Router& router, http::Method method, const std::string& pattern,
                          http::Access access, PrivateHandler handler) const {
  add_route(router, method, pattern, access, [this, handler](http::Request request) {
    return handler(at_first_place(), std::move(request));
  });
  add_route(router, method, at_any_place(pattern), access, [this, handler](http::Request request) {
    web::Place place;
    if (!take_place(request, *frame_of(catalog_.snapshot())->places, place)) {
      return not_found(*this, std::move(request));
    }
    return handler(at(place), std::move(request));
  });
}

PageContext Storefront::at_path(std::string_view path) const {
  auto snapshot = catalog_.snapshot();
  const auto frame = frame_of(snapshot);
  const auto end = path.find('/', 1);
  const web::Place* place =
      path.size() > 1
          ? frame->places->by_segment(path.substr(1, end == std::string_view::npos ? end : end - 1))
          : nullptr;
  return at(*frame, place != nullptr ? *place : frame->places->first(), std::move(snapshot));
}

http::Response Storefront::error_page(const http::Request& request, int status) const {
  const PageContext context = at_path(request.path);

  const std::string key = "error." + std::string(web::error_text_key(status));
  web::ErrorView view;
  view.shell = context.shell;
  view.title = context.text(key + ".title");
  view.message = context.text(key + ".message");
  view.head = private_head(context, view.title, "");
  if (status >= 500) view.request_id = request.id;
  auto response = http::html(status, error_page_.render(view, *context.texts));
  response.headers.set("Cache-Control", "no-store");
  if (status == 503 || status == 429) response.headers.set("Retry-After", "5");
  return response;
}

web::PictureView picture_view(const Image& image, std::string_view locale, std::int32_t width) {
  const media::Rendition& fallback = media::fallback(*image.picture, width);
  return {.url = media::url_of(fallback),
          .avif = media::srcset(*image.picture, media::Format::avif),
          .webp = media::srcset(*image.picture, media::Format::webp),
          .jpeg = media::srcset(*image.picture, media::Format::jpeg),
          .width = fallback.width,
          .height = fallback.height,
          .alt = image.alt.at(locale)};
}

}  // namespace osier::catalog
