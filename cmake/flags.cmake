# Every flag of the project lives on one INTERFACE target, so that no folder has flags of its own.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

# Eight files are compiled as one: what most of them include is read once. The preset "files" builds
# each by itself.
option(CMAKE_UNITY_BUILD "Compile eight files at once" ON)
set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)

set(EVENTFWD_SANITIZE "" CACHE STRING "Sanitizers, comma separated: address,undefined or thread")
option(EVENTFWD_LIBFUZZER "Instrument everything for libFuzzer, and link the fuzzers with it (clang)" OFF)
option(EVENTFWD_WERROR "Treat warnings as errors" OFF)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(eventfwd_flags INTERFACE)
target_compile_options(eventfwd_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  -fPIE -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 sees overlaps that are not there in std::string's operator+ (its bug 105651).
  target_compile_options(eventfwd_flags INTERFACE -Wno-restrict)
  if(CMAKE_UNITY_BUILD)
    # It takes a coroutine that holds a type of its own file for one that a header shares.
    target_compile_options(eventfwd_flags INTERFACE -Wno-subobject-linkage)
  endif()
else()
  # What libstdc++'s own algorithms use is deprecated, and clang tells their callers.
  target_compile_options(eventfwd_flags INTERFACE -Wno-deprecated-declarations)
endif()
target_compile_definitions(eventfwd_flags INTERFACE _GLIBCXX_ASSERTIONS)
target_include_directories(eventfwd_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_link_options(eventfwd_flags INTERFACE -pie -Wl,-z,relro,-z,now)
if(EVENTFWD_WERROR)
  target_compile_options(eventfwd_flags INTERFACE -Werror)
endif()
if(EVENTFWD_SANITIZE)
  target_compile_options(eventfwd_flags INTERFACE
    -fsanitize=${EVENTFWD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(eventfwd_flags INTERFACE -fsanitize=${EVENTFWD_SANITIZE})
elseif(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  # Fortified calls need an optimised build, and get in the way of the sanitizers' own checks.
  target_compile_options(eventfwd_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
  # What nothing calls is left out: a daemon on every host is to be small in memory.
  target_compile_options(eventfwd_flags INTERFACE -ffunction-sections -fdata-sections)
  target_link_options(eventfwd_flags INTERFACE
    -Wl,--gc-sections,--as-needed,-z,pack-relative-relocs)
endif()
if(EVENTFWD_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Asio's fences are beside its locks, and TSan sees those.
  target_compile_options(eventfwd_flags INTERFACE -Wno-tsan)
endif()
if(EVENTFWD_LIBFUZZER)
  # All of the product, not only the fuzzers: it is its branches that they are led by.
  target_compile_options(eventfwd_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
