# Flags that everything built here shares.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

add_library(signpost_flags INTERFACE)
target_compile_options(signpost_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror
  # Designated initialisers leave out what has a default.
  -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 sees an overlap in `"literal" + std::string` that cannot happen (GCC bug 105651).
  target_compile_options(signpost_flags INTERFACE -Wno-restrict)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(signpost_flags INTERFACE -Wthread-safety)
endif()
set(SIGNPOST_TEST_OPTIONS)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  list(APPEND SIGNPOST_TEST_OPTIONS -O1)
endif()
# Of the rooms (signpost_room), the cold ones are compiled for size, which is quicker too, and the hot ones for speed,
# in the packages as well. Under a sanitizer the hot ones alone are optimised: it makes their tests take half of the
# time, and for the others compiling would take as much more.
set(SIGNPOST_COLD_OPTIONS)
set(SIGNPOST_HOT_OPTIONS)
if(SIGNPOST_SANITIZE)
  set(SIGNPOST_HOT_OPTIONS -O1)
else()
  set(SIGNPOST_COLD_OPTIONS -Os)
  set(SIGNPOST_HOT_OPTIONS -O3)
endif()
# The first lets ccache tell one precompiled header from another. At -O1 g++ 12 sees copies out of bounds in std::string
# that cannot happen (GCC bug 105651 and its kin).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND SIGNPOST_TEST_OPTIONS -fpch-preprocess -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
endif()
if(SIGNPOST_QUICK_ROOMS AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
endif()
if(SIGNPOST_SANITIZE)
  add_compile_options(-fsanitize=${SIGNPOST_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SIGNPOST_SANITIZE})
endif()

if(SIGNPOST_FUZZ)
  # Coverage feedback from every room; the targets themselves link with -fsanitize=fuzzer.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # What one checkout has compiled serves another too, though not for a package: the names of headers in it would be
  # others than without ccache. The slack is what precompiled headers ask for.
  set(base)
  if(NOT SIGNPOST_STATIC)
    set(base CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1)
  endif()
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env ${base}
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD AND NOT SIGNPOST_STATIC)
  add_link_options(-fuse-ld=mold)
endif()
