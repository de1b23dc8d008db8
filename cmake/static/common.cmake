# A toolchain for programs without shared libraries: Debian's g++ 12 for $SIGNPOST_TRIPLET, its glibc as archives. Also
# what curl is built with.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_C_COMPILER ${SIGNPOST_TRIPLET}-gcc-12)
set(CMAKE_CXX_COMPILER ${SIGNPOST_TRIPLET}-g++-12)
set(CMAKE_AR ${SIGNPOST_TRIPLET}-gcc-ar-12 CACHE STRING "")
set(CMAKE_RANLIB ${SIGNPOST_TRIPLET}-gcc-ranlib-12 CACHE STRING "")
set(CMAKE_STRIP ${SIGNPOST_TRIPLET}-strip CACHE STRING "")
set(CMAKE_LIBRARY_ARCHITECTURE ${SIGNPOST_TRIPLET})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
# Otherwise pkg-config answers for the machine that builds.
set(ENV{PKG_CONFIG_LIBDIR} /usr/lib/${SIGNPOST_TRIPLET}/pkgconfig:/usr/share/pkgconfig)
set(OPENSSL_USE_STATIC_LIBS ON)
