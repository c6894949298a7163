// The shop's first page: hero, categories, what is new, the shop's story.

#pragma once

#include "catalog/product_card.h"
#include "catalog/storefront.h"

namespace osier::catalog {

struct HomeView {
  struct Tile {
    std::string url;
    std::string title;
    std::optional<web::PictureView> picture;

    static constexpr auto fields() {
      return html::fields<Tile>(html::field("url", &Tile::url), html::field("title", &Tile::title),
                                html::field("picture", &Tile::picture));
    }
  };
  struct Section {
    std::string url;
    std::string title;
    std::vector<ProductCardView> products;

    static constexpr auto fields() {
      return html::fields<Section>(html::field("url", &Section::url),
                                   html::field("title", &Section::title),
                                   html::field("products", &Section::products));
    }
  };
  std::shared_ptr<const web::Shell> shell;
  web::Head head;
  std::string hero_title;
  std::string hero_text;
  std::string hero_button;
  std::string hero_url;
  std::optional<web::PictureView> hero_picture;
  std::vector<Tile> categories;
  std::vector<Section> sections;
  std::string story_title;
  std::string story_text;

  static constexpr auto fields() {
    return html::fields<HomeView>(html::field("shell", &HomeView::shell),
                                  html::field("head", &HomeView::head),
                                  html::field("hero_title", &HomeView::hero_title),
                                  html::field("hero_text", &HomeView::hero_text),
                                  html::field("hero_button", &HomeView::hero_button),
                                  html::field("hero_url", &HomeView::hero_url),
                                  html::field("hero_picture", &HomeView::hero_picture),
                                  html::field("categories", &HomeView::categories),
                                  html::field("sections", &HomeView::sections),
                                  html::field("story_title", &HomeView::story_title),
                                  html::field("story_text", &HomeView::story_text));
  }
};

void add_home_page(http::Router& router, Storefront& storefront);

}  // namespace osier::catalog
