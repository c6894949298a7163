// Does not compile: the second route does not say who may ask (hardening 60). With SAYS_WHO it
// does, so that nothing else is wrong with it.

#include "platform/http/router.h"

namespace osier::http {

void add(Router& router, Handler handler) {
  router.get("/open", Access::everyone(), handler);
#ifdef SAYS_WHO
  router.get("/forgotten", Access::everyone(), handler);
#else
  router.get("/forgotten", handler);
#endif
}

}  // namespace osier::http
