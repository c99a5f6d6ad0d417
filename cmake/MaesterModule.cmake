# maester_batches(TARGET file...): with MAESTER_UNITY, compiles those files together that do not disturb each other (scripts/batches.py).
function(maester_batches target)
  if(NOT MAESTER_UNITY)
    return()
  endif()
  list(JOIN ARGN "\n" files)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E echo "${files}"
    COMMAND python3 ${CMAKE_SOURCE_DIR}/scripts/batches.py
    OUTPUT_VARIABLE lines OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE "\n" ";" lines "${lines}")
  foreach(line ${lines})
    string(REGEX MATCH "^([0-9]+) (.*)$" found "${line}")
    set_source_files_properties(${CMAKE_MATCH_2} PROPERTIES UNITY_GROUP ${CMAKE_MATCH_1})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()

# maester_module(NAME DEPS module... [LIBS library...])
#
# One folder of src/ is one static library `maester_NAME`. Its sources are every .cc of the folder (and below) but the
# tests, benchmarks and fuzz targets, which stand beside the code they are about:
#   thing_test.cc  -> joins `NAME_test`, one GoogleTest program a module, registered with ctest by test case
#   thing_fuzz.cc  -> `thing_fuzz`: with MAESTER_FUZZ a libFuzzer program; always `thing_fuzz_replay`, which runs
#                     the committed corpus tests/fuzz/corpus/thing_fuzz as a test.
#   thing_bench.cc -> joins `NAME_bench` (Google Benchmark), built on request: ninja NAME_bench
# DEPS are modules that stand above this one; scripts/check_layers.py refuses an include that points upwards.
function(maester_module name)
  cmake_parse_arguments(arg "" "" "DEPS;LIBS;TEST_LIBS" ${ARGN})
  file(GLOB_RECURSE all CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(sources ${all})
  list(FILTER sources EXCLUDE REGEX "(_test|_bench|_fuzz|/main)\\.cc$")
  set(tests ${all})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  set(fuzzers ${all})
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cc$")

  set(benches ${all})
  list(FILTER benches INCLUDE REGEX "_bench\\.cc$")

  list(TRANSFORM arg_DEPS PREPEND maester_)
  if(sources)
    add_library(maester_${name} STATIC ${sources})
    target_include_directories(maester_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(maester_${name} PUBLIC ${arg_DEPS} PRIVATE ${arg_LIBS})
    maester_batches(maester_${name} ${sources})
  else()
    add_library(maester_${name} INTERFACE)
    target_include_directories(maester_${name} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(maester_${name} INTERFACE ${arg_DEPS})
  endif()

  if(MAESTER_TESTS AND tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE maester_${name} ${arg_LIBS} ${arg_TEST_LIBS}
                          GTest::gtest GTest::gmock GTest::gtest_main)
    target_include_directories(${name}_test PRIVATE ${CMAKE_SOURCE_DIR}/tests)  # "support/..."
    target_compile_definitions(${name}_test PRIVATE MAESTER_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    maester_batches(${name}_test ${tests})
    add_test(NAME ${name} COMMAND ${name}_test --gtest_brief=1)
  endif()
  if(MAESTER_TESTS AND benches)
    find_package(benchmark REQUIRED)
    add_executable(${name}_bench EXCLUDE_FROM_ALL ${benches})
    target_link_libraries(${name}_bench PRIVATE maester_${name} ${arg_LIBS} benchmark::benchmark_main)
  endif()
  if(MAESTER_TESTS)
    foreach(file ${fuzzers})
      get_filename_component(target ${file} NAME_WE)
      add_executable(${target}_replay ${file} ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cc)
      target_link_libraries(${target}_replay PRIVATE maester_${name} ${arg_LIBS})
      add_test(NAME fuzz.${target} COMMAND ${target}_replay ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${target})
      if(MAESTER_FUZZ)
        add_executable(${target} ${file})
        target_link_libraries(${target} PRIVATE maester_${name} ${arg_LIBS})
        target_link_options(${target} PRIVATE -fsanitize=fuzzer)
      endif()
    endforeach()
  endif()
endfunction()
