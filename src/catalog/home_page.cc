#include "catalog/home_page.h"

#include <algorithm>

#include "platform/html/writer.h"

namespace osier::catalog {

namespace {

constexpr std::size_t products_per_section = 8;
constexpr std::size_t sections_max = 2;

HomeView::Section section_of(const PageContext& context, const Collection& collection) {
  HomeView::Section section;
  section.url = context.url("/collections/" + collection.handle);
  section.title = collection.title.at(context.place.locale);
  const std::size_t count = std::min(collection.products.size(), products_per_section);
  for (std::size_t i = 0; i < count; ++i) {
    section.products.push_back(product_card(context, collection.products[i]));
  }
  return section;
}

html::Json shop_data(const PageContext& context, const Storefront& storefront) {
  const Shop& shop = context.snapshot->shop();
  html::JsonWriter json;
  json.begin_object().member("@context", "https://schema.org").member("@type", "OnlineStore");
  json.member("name", shop.name)
      .member("url", storefront.base_url() + "/")
      .member("email", shop.seller.email);
  return json.end_object().finish();
}

HomeView view_of(const PageContext& context, const Storefront& storefront) {
  const Snapshot& snapshot = *context.snapshot;
  const Shop& shop = snapshot.shop();
  const std::string& locale = context.place.locale;
  HomeView view;
  view.shell = context.shell;
  view.head = storefront.public_head(context, shop.name, shop.tagline.at(locale), "/");
  view.head.title = shop.name + " · " + shop.tagline.at(locale);
  view.head.json_ld.push_back(shop_data(context, storefront));
  view.hero_title = shop.hero.title.at(locale);
  view.hero_text = shop.hero.text.at(locale);
  view.hero_button = shop.hero.button.at(locale);
  view.hero_url = context.url(shop.hero.link);
  if (shop.hero.image) view.hero_picture = picture_view(*shop.hero.image, locale, 960);
  for (const Category& category : snapshot.categories()) {
    if (category.parent) continue;
    HomeView::Tile tile{.url = context.url("/c/" + category.handle),
                        .title = category.title.at(locale),
                        .picture = {}};
    if (category.image) {
      tile.picture = picture_view(*category.image, locale, 480);
      tile.picture->alt = "";
    }
    view.categories.push_back(std::move(tile));
  }
  for (const Collection& collection : snapshot.collections()) {
    if (view.sections.size() == sections_max) break;
    if (!collection.products.empty()) view.sections.push_back(section_of(context, collection));
  }
  view.story_title = shop.story.title.at(locale);
  view.story_text = shop.story.text.at(locale);
  return view;
}

}  // namespace

void add_home_page(http::Router& router, Storefront& storefront) {
  const auto page = storefront.engine().page<HomeView>("home.html");
  storefront.add_public_page(
      router, "/",
      [&storefront, page](const PageContext& context,
                          const http::Request&) -> std::optional<PublicPage> {
        std::uint64_t version = 0;
        for (std::size_t i = 0; i < context.snapshot->collections().size(); ++i) {
          version = std::max(version, context.snapshot->collection_version(i));
        }
        return PublicPage{.key = "/", .version = version, .render = [&storefront, &page, &context] {
                            return page.render(view_of(context, storefront), *context.texts);
                          }};
      });
}

}  // namespace osier::catalog
