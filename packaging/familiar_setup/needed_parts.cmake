# Read by CMake right after llama.cpp says project(): only what Familiar uses of it is built, in as few pieces as can be.
set(LLAMA_BUILD_COMMON OFF CACHE BOOL "llama.cpp's own programs are not built" FORCE)

# Most of the compiler's time goes into reading the same headers again. llama.cpp already compiles its models in batches;
# this takes the rest of its library in, and makes the batches larger. ggml, where the computing is done, stays as it is.
function(familiar_gather_sources)
    get_target_property(sources llama SOURCES)
    get_target_property(folder llama SOURCE_DIR)
    set(gathered "")
    foreach(source IN LISTS sources)
        # llama-kv-cache-dsv4.cpp repeats a name of its neighbour, so it stays on its own.
        if(source MATCHES "\\.cpp$" AND NOT source MATCHES "^(models|\\.\\.)/|dsv4")
            list(APPEND gathered "${folder}/${source}")
        endif()
    endforeach()
    set_source_files_properties(${gathered} TARGET_DIRECTORY llama PROPERTIES SKIP_UNITY_BUILD_INCLUSION OFF)
    set_target_properties(llama PROPERTIES UNITY_BUILD_BATCH_SIZE 40)
    if(NOT MSVC)
        target_compile_options(llama PRIVATE -O2)
    endif()
endfunction()
cmake_language(DEFER CALL familiar_gather_sources)
