// What a shopper who has to wait is shown, and what a program is told.

#pragma once

#include "catalog/storefront.h"
#include "waiting_room/waiting_room.h"

namespace osier::waiting_room {

// GET and POST /waiting and /waiting/{handle}: where one stands, and taking a number. Never stored
// by caches; looks again by itself without JavaScript.
void add_waiting_pages(http::Router& router, catalog::Storefront& storefront, WaitingRoom& rooms);

// What the shopper wanted to put into the cart, offered again when it is their turn.
struct Wanted {
  std::string variant;  // A UUID; empty: nothing.
  std::string quantity;
};

// Sends the browser to the waiting page. For a form that was sent (not for a page that was only
// looked at) a number is taken at once.
enum class Take { number, nothing };
Task<http::Response> send_to_waiting_page(WaitingRoom& rooms, catalog::PageContext context,
                                          http::Request request, ClosedDoor door, Take take,
                                          Wanted wanted = {});

// The same for the store API: 429 with the ticket in X-Waiting-Ticket, the position and
// Retry-After; repeat the request with the ticket. What is sold out is said at once.
Task<http::Response> answer_closed_door(WaitingRoom& rooms, http::Request request, ClosedDoor door);

}  // namespace osier::waiting_room
