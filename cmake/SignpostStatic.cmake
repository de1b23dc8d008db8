# The libraries as archives, under the names that the rooms link: Debian's, and those that tools/package_dependencies.py
# made in CMAKE_PREFIX_PATH.
set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
find_package(CURL CONFIG REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Threads REQUIRED)

# signpost_archive(TARGET HEADER [LIBRARY])
function(signpost_archive target header)
  string(MAKE_C_IDENTIFIER ${target} name)
  find_path(${name}_INCLUDE ${header} REQUIRED)
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} INTERFACE ${${name}_INCLUDE})
  if(ARGN)
    find_library(${name}_LIBRARY ${ARGN} REQUIRED)
    target_link_libraries(${target} INTERFACE ${${name}_LIBRARY})
  endif()
endfunction()
signpost_archive(fmt::fmt fmt/format.h fmt)
target_compile_definitions(fmt::fmt INTERFACE FMT_STATIC_THOUSANDS_SEPARATOR=0x2c)
signpost_archive(pugixml::pugixml pugixml.hpp pugixml)
target_compile_definitions(pugixml::pugixml INTERFACE PUGIXML_NO_STL PUGIXML_NO_XPATH)
signpost_archive(PkgConfig::ISAL isa-l/igzip_lib.h isal)
signpost_archive(PkgConfig::HTTPLIB httplib.h)

# The five roots that Amazon Trust Services asks to include, as one string literal. The package's own files, not the
# machine's bundle, to which anything may have been added.
set(roots)
foreach(root Amazon_Root_CA_1 Amazon_Root_CA_2 Amazon_Root_CA_3 Amazon_Root_CA_4
             Starfield_Services_Root_Certificate_Authority_-_G2)
  set(file /usr/share/ca-certificates/mozilla/${root}.crt)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} pem)
  string(APPEND roots "${pem}")
endforeach()
set(SIGNPOST_AMAZON_ROOTS ${CMAKE_BINARY_DIR}/amazon_roots.inc)
file(CONFIGURE OUTPUT ${SIGNPOST_AMAZON_ROOTS} CONTENT "R\"PEM(${roots})PEM\"\n" @ONLY)

# Random addresses, with relocations that take little room where GNU ld can pack them. Compiled with -fPIE: CMake would
# use -fPIC for the rooms, which keeps functions from being inlined.
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  add_link_options(-Wl,-z,pack-relative-relocs)
endif()
add_link_options(-static-pie -Wl,--gc-sections -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
