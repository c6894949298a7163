// The page by which the engine's speed is judged: 24 products, 27 KB of HTML.

#include <chrono>

#include "platform/html/test_page.h"

namespace osier::html::test {

namespace {

struct Card {
  std::string title;
  std::string url;
  std::string image;
  std::string srcset;
  std::string price;
  std::optional<std::string> compare_at;
  std::vector<std::string> badges;
  bool sold_out = false;
  static constexpr auto fields() {
    return html::fields<Card>(field("title", &Card::title), field("url", &Card::url),
                              field("image", &Card::image), field("srcset", &Card::srcset),
                              field("price", &Card::price), field("compare_at", &Card::compare_at),
                              field("badges", &Card::badges), field("sold_out", &Card::sold_out));
  }
};

struct CategoryView {
  std::string title;
  std::vector<Card> cards;
  static constexpr auto fields() {
    return html::fields<CategoryView>(field("title", &CategoryView::title),
                                      field("cards", &CategoryView::cards));
  }
};

constexpr const char* layout = R"(<!doctype html>
<html lang="{{ locale }}">
<head><meta charset="utf-8"><title>{{ title }}</title><link rel="stylesheet" href="/assets/site.css"></head>
<body>
<header><a href="/">Osier</a> <a href="/cart">{{ 'cart.title' | t }}</a></header>
<main id="main">{% block main %}{% endblock %}</main>
</body>
</html>
)";

constexpr const char* page = R"({% layout 'layout' %}
{% block main %}
<h1>{{ title }}</h1>
<p>{{ 'cart.items' | t: count: cards.size }}</p>
<ul class="grid">
{% for card in cards %}
  {% render 'card', card: card, eager: forloop.first %}
{% endfor %}
</ul>
{% endblock %})";

constexpr const char* card = R"(<li class="card{% if card.sold_out %} card--sold-out{% endif %}">
  <a class="card__link" href="{{ card.url }}">
    <picture class="card__picture">
      <source type="image/avif" srcset="{{ card.srcset }}" sizes="(min-width: 60rem) 25vw, (min-width: 40rem) 33vw, 50vw">
      <img src="{{ card.image }}" alt="" width="640" height="800" {% if eager %}fetchpriority="high"{% else %}loading="lazy"{% endif %} decoding="async">
    </picture>
    <h2 class="card__title">{{ card.title }}</h2>
    <p class="card__price">{% if card.compare_at %}<s class="card__compare">{{ card.compare_at }}</s> {% endif %}<span>{{ card.price }}</span></p>
  </a>
  {% if card.badges %}<ul class="badges">{% for badge in card.badges %}<li class="badge">{{ badge }}</li>{% endfor %}</ul>{% endif %}
  <form class="card__buy" method="post" action="/cart/lines"><button type="submit" {% if card.sold_out %}disabled{% endif %}>{{ 'cart.title' | t }}</button></form>
</li>
)";

CategoryView view() {
  CategoryView made{.title = "Mugs & bowls", .cards = {}};
  for (int i = 0; i < 24; ++i) {
    const auto number = std::to_string(i);
    const auto image = "/media/0193a5c0f2b87c33/stoneware-mug-" + number;
    made.cards.push_back({.title = "Stoneware mug \"Dune\" No. " + number,
                          .url = "/en/products/stoneware-mug-dune-" + number,
                          .image = image + "-640.jpg",
                          .srcset = image + "-320.avif 320w, " + image + "-640.avif 640w, " +
                                    image + "-960.avif 960w",
                          .price = "€24.00",
                          .compare_at = {},
                          .badges = {"New", "Made in Saxony"},
                          .sold_out = i % 7 == 0});
    if (i % 3 == 0) made.cards.back().compare_at = "€29.00";
  }
  return made;
}

}  // namespace

Measured measure_category_page() {
  Sources sources;
  sources.add("layout.html", layout);
  sources.add("category.html", page);
  sources.add("partials/card.html", card);
  Engine engine(std::move(sources), catalogue());
  const auto category = engine.page<CategoryView>("category.html");
  const auto shown = view();
  Measured measured;
  measured.nanoseconds = 1'000'000'000;
  constexpr int batches = 10;
  constexpr int renders = 50;
  for (int batch = 0; batch < batches; ++batch) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < renders; ++i) {
      measured.bytes = category.render(shown, catalogue().english()).size();
    }
    const auto each = (std::chrono::steady_clock::now() - start) / renders;
    measured.nanoseconds =
        std::min(measured.nanoseconds, static_cast<long>(std::chrono::nanoseconds(each).count()));
  }
  return measured;
}

}  // namespace osier::html::test
