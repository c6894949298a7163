// A small view, texts and templates for the engine's tests.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/html/engine.h"
#include "platform/locale/messages.h"

namespace osier::html::test {

struct Shell {
  std::string shop;
  std::vector<std::string> parts;
  static constexpr auto fields() {
    return html::fields<Shell>(field("shop", &Shell::shop), field("parts", &Shell::parts));
  }
};

struct Tree {
  std::string name;
  std::vector<Tree> children;
  static constexpr auto fields() {
    return html::fields<Tree>(field("name", &Tree::name), field("children", &Tree::children));
  }
};

struct Price {
  std::string text;
  static constexpr auto fields() { return html::fields<Price>(field("text", &Price::text)); }
};

struct Named {
  std::string name;
};

struct Product : Named {
  Price price;
  static constexpr auto fields() {
    return html::fields<Product>(field("name", &Product::name), field("price", &Product::price));
  }
};

struct ShopView {
  std::string title;
  std::int32_t count = 0;
  bool on_sale = false;
  bool missing = false;
  std::optional<std::string> subtitle;
  std::string blank_text;
  std::string evil;
  std::string lines;
  std::string url;
  std::string srcset;
  Html intro;
  Json data;
  std::vector<Product> products;
  std::vector<Product> none;
  std::vector<std::string> tags;
  std::unique_ptr<Product> hero;
  std::shared_ptr<const Shell> shell;
  Tree tree;

  static constexpr auto fields() {
    return html::fields<ShopView>(
        field("title", &ShopView::title), field("count", &ShopView::count),
        field("on_sale", &ShopView::on_sale), field("missing", &ShopView::missing),
        field("subtitle", &ShopView::subtitle), field("blank_text", &ShopView::blank_text),
        field("evil", &ShopView::evil), field("lines", &ShopView::lines),
        field("url", &ShopView::url), field("srcset", &ShopView::srcset),
        field("intro", &ShopView::intro), field("data", &ShopView::data),
        field("products", &ShopView::products), field("none", &ShopView::none),
        field("tags", &ShopView::tags), field("hero", &ShopView::hero),
        field("shell", &ShopView::shell), field("tree", &ShopView::tree));
  }
};

using Files = std::vector<std::pair<std::string, std::string>>;

inline ShopView shop_view() {
  ShopView view;
  view.title = "Mugs";
  view.count = 3;
  view.on_sale = true;
  view.evil = "<i>&\"";
  view.lines = "a<\r\nb";
  view.url = "/p/mug";
  view.srcset = "/a.webp 400w, /b.webp 800w";
  view.intro = Html::trusted("<b>Hello</b>");
  view.data = Json::from("{\"name\": \"</script>&\"}");
  for (const auto* name : {"Mug", "Bowl", "Vase"}) {
    view.products.emplace_back();
    view.products.back().name = name;
  }
  view.tags = {"blue", "large"};
  view.hero = std::make_unique<Product>();
  view.hero->name = "Hero";
  view.hero->price.text = "€9";
  return view;
}

inline const locale::Catalogue& catalogue() {
  static const locale::Catalogue texts(
      {{locale::Locale{}, "en.json",
        R"({"cart.title": "Your cart & more",
            "cart.items": "{count, plural, one {# item} other {# items}}",
            "hello": "Hello {name}",
            "agree": "{who} agrees to the {link} & all"})"},
       {*locale::Locale::parse("de"), "de.json", R"({"cart.title": "Warenkorb"})"}});
  return texts;
}

inline std::string render_named(const std::string& name, const Files& files,
                                const ShopView& view = shop_view(), std::string_view tag = "en") {
  Sources sources;
  for (const auto& [file, text] : files) sources.add(file, text);
  Engine engine(std::move(sources), catalogue());
  return engine.page<ShopView>(name).render(view, catalogue().in(*locale::Locale::parse(tag)));
}

// The page of a template's text; further files beside it.
inline std::string render(const std::string& text, Files files = {}, std::string_view tag = "en") {
  files.emplace_back("page.html", text);
  return render_named("page.html", files, shop_view(), tag);
}
inline std::string render(const std::string& text, const ShopView& view) {
  return render_named("page.html", {{"page.html", text}}, view);
}

// The message of the error that the template is refused with; "" if it is not.
inline std::string refusal(const std::string& text, Files files = {}) {
  try {
    (void)render(text, std::move(files));
  } catch (const TemplateError& error) {
    return error.what();
  }
  return "";
}

struct Measured {
  std::size_t bytes = 0;
  long nanoseconds = 0;
};
Measured measure_category_page();

}  // namespace osier::html::test
