# Third-party libraries, all from Debian 12. Each one's headers have one home in the tree (ARCHITECTURE.md).
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(CLI11 REQUIRED)

# These two stay shared: security updates of OpenSSL come with the distribution, and xxHash chooses
# by the processor only there.
find_package(OpenSSL REQUIRED)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)

# All others become part of the program: each shared one costs up to 1.7 MB of resident memory, for
# the few of its pages that are needed.
set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
set(Boost_USE_STATIC_LIBS ON)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
pkg_check_modules(yaml_static REQUIRED IMPORTED_TARGET yaml-cpp)
pkg_check_modules(deflate_static REQUIRED IMPORTED_TARGET libdeflate)
pkg_check_modules(zstd_static REQUIRED IMPORTED_TARGET libzstd)

set(CMAKE_FIND_LIBRARY_SUFFIXES .so .a)

# What Debian has as headers, or as a shared library alone, is compiled once for all source files.
find_package(fmt REQUIRED)
get_target_property(fmt_headers fmt::fmt-header-only INTERFACE_INCLUDE_DIRECTORIES)
add_library(eventfwd_fmt STATIC cmake/compiled/fmt.cpp)
target_include_directories(eventfwd_fmt SYSTEM PUBLIC ${fmt_headers})
target_link_libraries(eventfwd_fmt PRIVATE eventfwd_flags)

add_library(eventfwd_asio STATIC cmake/compiled/asio.cpp)
target_compile_definitions(eventfwd_asio PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION)
target_link_libraries(eventfwd_asio PUBLIC Boost::headers OpenSSL::SSL OpenSSL::Crypto Threads::Threads
  PRIVATE eventfwd_flags)

find_package(spdlog REQUIRED)
add_library(eventfwd_spdlog STATIC cmake/compiled/spdlog.cpp)
target_compile_definitions(eventfwd_spdlog PUBLIC SPDLOG_COMPILED_LIB SPDLOG_FMT_EXTERNAL)
target_link_libraries(eventfwd_spdlog PUBLIC eventfwd_fmt Threads::Threads PRIVATE eventfwd_flags)
