// The face of identity: who somebody is. The headers it is split into are what other rooms include.

#pragma once

#include "identity/account.h"
#include "identity/customer_cookie.h"
#include "identity/customer_guard.h"
#include "identity/password.h"
#include "identity/password_hashing.h"
#include "identity/session.h"
#include "identity/throttle.h"
