# sn_embed(TARGET VARIABLE FILE): FILE's bytes as `extern const std::string_view sensorium::embedded::VARIABLE`.
function(sn_embed target variable file)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embed_${variable}.cc)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DIN=${file} -DOUT=${out} -DVARIABLE=${variable} -P ${CMAKE_SOURCE_DIR}/cmake/embed_file.cmake
    DEPENDS ${file} ${CMAKE_SOURCE_DIR}/cmake/embed_file.cmake VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
