#pragma once

namespace osier::app {

inline constexpr const char* version = "0.1.0";

}  // namespace osier::app
