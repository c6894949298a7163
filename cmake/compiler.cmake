# Flags for every target: warnings are errors, and the hardening that costs next to nothing.

set(OSIER_SANITIZE "" CACHE STRING "Sanitizers to build with, e.g. address,undefined or thread")

add_compile_options(
  -Wall -Wextra -Wshadow -Wconversion -Werror
  -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -ftrivial-auto-var-init=zero)
add_compile_options(-pthread "SHELL:-Xclang -fno-pch-timestamp")  # Everywhere the same, as precompiled headers want it.
add_compile_definitions(_GLIBCXX_ASSERTIONS BOOST_ASIO_NO_DEPRECATED)
add_link_options(-fuse-ld=lld -Wl,-z,relro,-z,now)

if(OSIER_SANITIZE)
  add_compile_options(-fsanitize=${OSIER_SANITIZE} -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${OSIER_SANITIZE})
else()
  add_compile_options($<$<CONFIG:Release>:-O2> $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=3>)
  set(CMAKE_CXX_FLAGS_RELEASE "")
endif()
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
