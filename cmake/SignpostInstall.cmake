# The signing library (rooms base and sigv4) as the CMake package `signpost`: find_package(signpost), signpost::sigv4.
include(CMakePackageConfigHelpers)
set(SIGNPOST_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/signpost)

set_target_properties(signpost_base PROPERTIES EXPORT_NAME base)
set_target_properties(signpost_sigv4 PROPERTIES EXPORT_NAME sigv4)
install(TARGETS signpost_base signpost_sigv4 EXPORT signpost ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/signpost DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(EXPORT signpost NAMESPACE signpost:: FILE signpost-targets.cmake DESTINATION ${SIGNPOST_PACKAGE_DIR})

file(WRITE ${CMAKE_BINARY_DIR}/signpost-config.cmake
  "include(CMakeFindDependencyMacro)\n"
  "find_dependency(OpenSSL 3.0)\n"
  "find_dependency(fmt)\n"
  "include(\${CMAKE_CURRENT_LIST_DIR}/signpost-targets.cmake)\n")
write_basic_package_version_file(${CMAKE_BINARY_DIR}/signpost-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/signpost-config.cmake ${CMAKE_BINARY_DIR}/signpost-config-version.cmake
        DESTINATION ${SIGNPOST_PACKAGE_DIR})
