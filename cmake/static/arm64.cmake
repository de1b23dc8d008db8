set(SIGNPOST_TRIPLET aarch64-linux-gnu)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)
# Runs what was built, for the tests and the manual page.
set(CMAKE_CROSSCOMPILING_EMULATOR /usr/bin/qemu-aarch64-static)
# The cross compiler brings a glibc of its own, without Debian's later repairs: the one for arm64 comes first.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-B/usr/lib/${SIGNPOST_TRIPLET} -L/usr/lib/${SIGNPOST_TRIPLET}")
