#include "checkout/checkout.h"

namespace osier::checkout {

static constexpr pg::Invariant cart_invariants[] = {
    {"checkout.completed_cart_has_an_order", {"checkout.verify_completed", R"sql(
  SELECT 'cart ' || c.id || ' is completed but no order of it was placed'
    FROM checkout.carts c
   WHERE c.status = 'completed'
     AND NOT EXISTS (SELECT FROM orders.cart_orders o WHERE o.cart_id = c.id AND o.placed_at IS NOT NULL)
)sql"}},
    {"checkout.one_living_order_per_cart", {"checkout.verify_one_order", R"sql(
  SELECT 'cart ' || cart_id || ' has ' || count(*) || ' living orders'
    FROM orders.cart_orders WHERE status IN ('pending', 'placed', 'completed') GROUP BY cart_id HAVING count(*) > 1
)sql"}},
    {"checkout.abandoned_cart_keeps_no_personal_data", {"checkout.verify_abandoned", R"sql(
  SELECT 'cart ' || c.id || ' is abandoned but its contact is still there'
    FROM checkout.carts c JOIN checkout.cart_contacts p ON p.cart_id = c.id WHERE c.status = 'abandoned'
)sql"}},
    {"checkout.coupon_use_belongs_to_a_living_order", {"checkout.verify_coupon_uses", R"sql(
  SELECT format('coupon %s and order %s (%s): %s', coalesce(living_uses.coupon_id, agreed.coupon_id), coalesce(holder_id, order_id), coalesce(status, 'not there'),
                CASE WHEN holder_id IS NULL THEN 'it was agreed but is not used' ELSE 'it is used but the order is over or agreed on none' END)
    FROM promotions.living_uses
    FULL JOIN (SELECT order_id, status, coupon_id FROM orders.order_coupons
                WHERE status IN ('pending', 'placed', 'completed')) agreed
      ON agreed.order_id = living_uses.holder_id AND agreed.coupon_id = living_uses.coupon_id
   WHERE holder_id IS NULL OR order_id IS NULL
)sql"}},
};

std::span<const pg::Invariant> invariants() { return cart_invariants; }

}  // namespace osier::checkout
