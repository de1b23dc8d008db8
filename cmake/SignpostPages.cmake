# The manual page and the shells' completions, as the program itself prints them, and where each system looks for them.
# signpost_page(FILE DESTINATION arguments of the program...)
set(SIGNPOST_PAGES ${CMAKE_BINARY_DIR}/pages)
function(signpost_page file destination)
  add_custom_command(OUTPUT ${SIGNPOST_PAGES}/${file}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${SIGNPOST_PAGES}
    COMMAND ${CMAKE_CROSSCOMPILING_EMULATOR} $<TARGET_FILE:signpost> ${ARGN} > ${SIGNPOST_PAGES}/${file}
    DEPENDS signpost VERBATIM)
  set_property(GLOBAL APPEND PROPERTY SIGNPOST_PAGE_FILES ${SIGNPOST_PAGES}/${file})
  install(FILES ${SIGNPOST_PAGES}/${file} DESTINATION ${destination})
endfunction()

signpost_page(signpost.1 ${CMAKE_INSTALL_MANDIR}/man1 man)
signpost_page(signpost ${CMAKE_INSTALL_DATADIR}/bash-completion/completions completion bash)
signpost_page(_signpost ${CMAKE_INSTALL_DATADIR}/zsh/site-functions completion zsh)
signpost_page(signpost.fish ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d completion fish)
get_property(files GLOBAL PROPERTY SIGNPOST_PAGE_FILES)
add_custom_target(signpost_pages ALL DEPENDS ${files})
