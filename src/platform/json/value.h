// Building and walking JSON values: json.h with the whole of Boost.JSON's value types. For .cc
// files; it is not cheap.

#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include "platform/json/json.h"
