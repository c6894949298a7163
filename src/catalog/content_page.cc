#include "catalog/content_page.h"

namespace osier::catalog {

namespace {

ContentPageView view_of(const PageContext& context, const Storefront& storefront,
                        const ContentPage& page) {
  const std::string& locale = context.place.locale;
  ContentPageView view;
  view.shell = context.shell;
  view.title = page.title.at(locale);
  view.body = html::Html::trusted(page.body_html.at(locale));
  view.head = storefront.public_head(context, view.title, "", "/pages/" + page.handle);
  view.head.description =
      context.text("content.description", {{"title", view.title}, {"shop", view.shell->shop_name}});
  return view;
}

}  // namespace

void add_content_pages(http::Router& router, Storefront& storefront) {
  const auto page = storefront.engine().page<ContentPageView>("content.html");
  storefront.add_public_page(
      router, "/pages/{handle}",
      [&storefront, page](const PageContext& context,
                          const http::Request& request) -> std::optional<PublicPage> {
        const ContentPage* content = context.snapshot->content_page(request.path_value(0));
        if (content == nullptr) return std::nullopt;
        return PublicPage{.key = "/pages/" + content->handle,
                          .version = context.snapshot->settings_version(),
                          .render = [&storefront, &page, &context, content] {
                            return page.render(view_of(context, storefront, *content),
                                               *context.texts);
                          }};
      });
}

}  // namespace osier::catalog
