# Warnings, hardening and sanitizers for every target of the project.
add_compile_options(
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  -Wcast-align -Wnull-dereference -fno-omit-frame-pointer -ftrivial-auto-var-init=zero
  -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # libstdc++ 12 marks std::get_temporary_buffer deprecated and calls it in stable_sort. -Wno-deprecated undefines
  # __DEPRECATED, which silences libstdc++'s marks; those of other libraries still warn.
  add_compile_options(-Wno-deprecated -Wdeprecated-declarations)
endif()
add_compile_definitions(_GLIBCXX_ASSERTIONS BOOST_ASIO_NO_DEPRECATED)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these on its own coroutine frames and on standard headers at -O2.
  add_compile_options(-Wno-null-dereference -Wno-maybe-uninitialized -Wno-array-bounds
                      -Wno-stringop-overflow -Wno-restrict -Wno-dangling-reference)
  add_compile_options(-fcoroutines)
endif()
if(DEFINED ENV{CI} OR MAESTER_WERROR)
  add_compile_options(-Werror)
endif()
# Several files compiled as one (MaesterModule.cmake): a third of what compiling from nothing costs. Presets `dev` and `gcc` do
# without, so that every file names what it includes, and one changed file is one compilation.
option(MAESTER_UNITY "Compile the files of a module in batches" OFF)
if(MAESTER_SANITIZE)
  set(MAESTER_UNITY ON)
endif()
if(MAESTER_SANITIZE)
  add_compile_options(-fsanitize=${MAESTER_SANITIZE})
  add_link_options(-fsanitize=${MAESTER_SANITIZE})
  if(MAESTER_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=all)
  endif()
else()
  add_compile_options(-fstack-clash-protection -fcf-protection)
  add_compile_definitions($<$<CONFIG:Release,RelWithDebInfo>:_FORTIFY_SOURCE=2>)
  add_link_options(-Wl,-z,relro,-z,now -pie)
endif()
find_program(MOLD mold)
if(MOLD AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  add_link_options(-fuse-ld=mold)
endif()
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()
