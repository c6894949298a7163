# The rooms of the house and who may know whom. This is the one place where the arrows stand: CMake links by it
# and ./dev lint reads every include against it.
#
# osier_part(NAME [APART] [LINKS lib...] [KNOWS part...])   a part of platform/; APART: its files are compiled one by one
# osier_room(NAME [KNOWS room...] [FACES header...] [LINKS lib...])   a part of the trade; FACES are headers that other
#                                                   rooms may include besides NAME/NAME.h
#
# A room's files are compiled some at a time (osier_compile_together): what they all include is read once, which takes
# more than half of the time off. So names that are `static` in a file must differ within a room.
#
# Both take every .cc in their folder: *_test.cc become the test program <name>_test, everything else the library
# osier_<name>. A folder `embedded/`-style resource set is added with osier_embed().

set(OSIER_PLATFORM_PARTS base async json crypto config telemetry postgres http locale html http_client mail blob jobs)

# The standard library, which nearly every file includes, read once. Nothing of the project is in it, so that it never
# changes. ccache goes by the sum beside it (CCACHE_PCH_EXTSUM), not by its bytes, which differ from checkout to checkout.
function(osier_precompiled_standard_library target)
  cmake_parse_arguments(ARG "" "" "OPTIONS;AND" ${ARGN})
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/${target}.cc CONTENT "")
  add_library(${target} OBJECT ${CMAKE_BINARY_DIR}/${target}.cc)
  target_compile_options(${target} PRIVATE ${ARG_OPTIONS})
  target_precompile_headers(${target} PRIVATE <algorithm> <array> <atomic> <charconv> <chrono> <coroutine> <cstdint>
    <deque> <exception> <filesystem> <functional> <map> <memory> <mutex> <optional> <set> <span> <sstream> <string>
    <string_view> <thread> <unordered_map> <utility> <variant> <vector> ${ARG_AND})
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${target}.dir/cmake_pch.hxx.pch.sum
    CONTENT "${CMAKE_CXX_COMPILER_VERSION} ${CMAKE_BUILD_TYPE} ${OSIER_SANITIZE} ${ARGN}")
endfunction()

# Clang's own option instead of CMake's, which hides the path from ccache: other checkouts would share nothing.
set(CMAKE_CXX_COMPILE_OPTIONS_USE_PCH -include-pch <PCH_FILE>)

osier_precompiled_standard_library(osier_std)

# What only tests run is compiled without optimising, which takes a third of the time off. What they test is not.
set(OSIER_TEST_OPTIONS $<$<CONFIG:Release>:-O0> $<$<CONFIG:Release>:-U_FORTIFY_SOURCE>)
osier_precompiled_standard_library(osier_std_of_tests OPTIONS ${OSIER_TEST_OPTIONS} -fPIE AND <gtest/gtest.h>)
target_link_libraries(osier_std_of_tests PRIVATE GTest::gtest)

function(osier_compile_together target)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "INTERFACE_LIBRARY")
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
endfunction()

function(osier_test_code_ target)
  target_compile_options(${target} PRIVATE ${OSIER_TEST_OPTIONS})
  target_precompile_headers(${target} REUSE_FROM osier_std_of_tests)
endfunction()

function(osier_library_ target)
  cmake_parse_arguments(ARG "" "" "SOURCES;TESTS;LINKS;KNOWS" ${ARGN})
  if(ARG_SOURCES)
    add_library(${target} STATIC ${ARG_SOURCES})
    target_precompile_headers(${target} REUSE_FROM osier_std)
    target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${target} PUBLIC ${ARG_KNOWS} ${ARG_LINKS})
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${target} INTERFACE ${ARG_KNOWS} ${ARG_LINKS})
  endif()
  if(ARG_TESTS)
    string(REPLACE "osier_" "" name ${target})
    add_executable(${name}_test ${ARG_TESTS})
    target_link_libraries(${name}_test PRIVATE ${target} osier_test_main GTest::gtest GTest::gmock ${rapidcheck_library})
    osier_test_code_(${name}_test)
    add_test(NAME ${name} COMMAND ${name}_test)
    set_tests_properties(${name} PROPERTIES TIMEOUT 300)
  endif()
endfunction()

function(osier_part name)
  cmake_parse_arguments(ARG "APART" "" "LINKS;KNOWS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(TRANSFORM ARG_KNOWS PREPEND osier_)
  osier_library_(osier_${name} SOURCES ${sources} TESTS ${tests} KNOWS ${ARG_KNOWS} LINKS ${ARG_LINKS})
  if(NOT ARG_APART)
    osier_compile_together(osier_${name})
  endif()
endfunction()

function(osier_room name)
  cmake_parse_arguments(ARG "" "" "LINKS;KNOWS;FACES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(TRANSFORM ARG_KNOWS PREPEND osier_)
  list(TRANSFORM OSIER_PLATFORM_PARTS PREPEND osier_ OUTPUT_VARIABLE platform)
  if(NOT name STREQUAL "web")
    list(APPEND platform osier_web)
  endif()
  osier_library_(osier_${name} SOURCES ${sources} TESTS ${tests} KNOWS ${ARG_KNOWS} ${platform} LINKS ${ARG_LINKS})
  osier_compile_together(osier_${name})
endfunction()

# osier_embed(TARGET FUNCTION ROOT GLOB...): puts files into the binary. `FUNCTION`, declared by the caller as
# std::span<const osier::EmbeddedFile> FUNCTION() in namespace osier, returns them sorted by path relative to ROOT.
function(osier_embed target function root)
  set(files "")
  foreach(glob ${ARGN})
    file(GLOB found CONFIGURE_DEPENDS RELATIVE ${root} ${root}/${glob})
    list(APPEND files ${found})
  endforeach()
  osier_embed_files(${target} ${function} ${root} ${files})
endfunction()

# The same for files named one by one, which may be made by the build.
function(osier_embed_files target function root)
  set(files ${ARGN})
  list(SORT files)
  set(assembly ".section .rodata\n")
  set(externs "")
  set(rows "")
  set(index 0)
  set(depends "")
  foreach(file ${files})
    set(symbol "${function}_${index}")
    string(APPEND assembly ".global ${symbol}\n.global ${symbol}_end\n.balign 16\n${symbol}:\n.incbin \"${root}/${file}\"\n${symbol}_end:\n.byte 0\n")
    string(APPEND externs "extern \"C\" const char ${symbol}[];\nextern \"C\" const char ${symbol}_end[];\n")
    string(APPEND rows "      {\"${file}\", {${symbol}, static_cast<std::size_t>(${symbol}_end - ${symbol})}},\n")
    list(APPEND depends ${root}/${file})
    math(EXPR index "${index} + 1")
  endforeach()
  string(APPEND assembly ".section .note.GNU-stack,\"\",@progbits\n")
  set(base ${CMAKE_CURRENT_BINARY_DIR}/${function})
  file(CONFIGURE OUTPUT ${base}_bytes.S CONTENT "${assembly}" @ONLY)
  file(CONFIGURE OUTPUT ${base}.cc CONTENT
"#include <span>
#include <vector>

#include \"platform/base/embedded_file.h\"

${externs}
namespace osier {
std::span<const EmbeddedFile> ${function}();
std::span<const EmbeddedFile> ${function}() {
  static const std::vector<EmbeddedFile> files = {
${rows}  };
  return files;
}
}  // namespace osier
" @ONLY)
  set_source_files_properties(${base}_bytes.S PROPERTIES SKIP_PRECOMPILE_HEADERS ON OBJECT_DEPENDS "${depends}" LANGUAGE C
    COMPILE_OPTIONS "-x;assembler-with-cpp;-Wno-unused-command-line-argument")
  target_sources(${target} PRIVATE ${base}_bytes.S ${base}.cc)
endfunction()
