# A library for each folder, so that the linker knows the layers as well as tests/layers_test.py does.
#
#   eventfwd_library(SOURCES … KNOWS … USES …)
#
# KNOWS are the folders that this one may include, USES its third-party libraries. A folder of headers
# alone has no SOURCES.
function(eventfwd_library)
  cmake_parse_arguments(ARG "" "" "SOURCES;KNOWS;USES" ${ARGN})
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  string(REPLACE "/" "_" name ${folder})
  list(TRANSFORM ARG_KNOWS REPLACE "/" "_")
  list(TRANSFORM ARG_KNOWS PREPEND "eventfwd_")
  if(ARG_SOURCES)
    add_library(eventfwd_${name} STATIC ${ARG_SOURCES})
    target_link_libraries(eventfwd_${name} PUBLIC ${ARG_KNOWS} ${ARG_USES} eventfwd_flags)
  else()
    add_library(eventfwd_${name} INTERFACE)
    target_link_libraries(eventfwd_${name} INTERFACE ${ARG_KNOWS} ${ARG_USES} eventfwd_flags)
  endif()
endfunction()
