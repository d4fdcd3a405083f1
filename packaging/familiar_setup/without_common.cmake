# Read by CMake right after llama.cpp says project(): its `common` library is not built.
set(LLAMA_BUILD_COMMON OFF CACHE BOOL "llama.cpp's own programs are not built" FORCE)
