# heddle_lint(<target>... [CHECKS <list>]): runs Heddle's checks with every compilation of the targets' sources, so that
# what distributes or caches the build does so for the lint, too. Comes with find_package(heddle).
#
#   HEDDLE_CLANG_TIDY  the clang-tidy (default: that of the LLVM that the module is for)
#   HEDDLE_MODULE      the module (default: that of the installation)
#   HEDDLE_CHECKS      which checks, as for clang-tidy (default: heddle-*)
include_guard()

set(HEDDLE_CHECKS "heddle-*" CACHE STRING "Heddle's checks that heddle_lint() turns on, as for clang-tidy")
foreach(llvm IN ITEMS 22 19)
  foreach(place IN ITEMS ../../heddle/${llvm} ../../../heddle/${llvm} ../../build/${llvm})
    if(NOT HEDDLE_MODULE AND EXISTS ${CMAKE_CURRENT_LIST_DIR}/${place}/heddle.so)
      get_filename_component(HEDDLE_MODULE ${CMAKE_CURRENT_LIST_DIR}/${place}/heddle.so ABSOLUTE)
      find_program(HEDDLE_CLANG_TIDY clang-tidy-${llvm})
    endif()
  endforeach()
endforeach()
set(HEDDLE_MODULE "${HEDDLE_MODULE}" CACHE FILEPATH "The module that heddle_lint() has clang-tidy load")

function(heddle_lint)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "CHECKS" "")
  if(NOT HEDDLE_MODULE OR NOT HEDDLE_CLANG_TIDY)
    message(FATAL_ERROR "heddle_lint: no clang-tidy with a module for it; set HEDDLE_CLANG_TIDY and HEDDLE_MODULE")
  endif()
  if(NOT arg_CHECKS)
    set(arg_CHECKS "${HEDDLE_CHECKS}")
  endif()
  set_target_properties(${arg_UNPARSED_ARGUMENTS} PROPERTIES CXX_CLANG_TIDY
    "${HEDDLE_CLANG_TIDY};--load=${HEDDLE_MODULE};--quiet;--checks=-*,${arg_CHECKS}")
endfunction()
