# maester_embed(TARGET SYMBOL FILE)
#
# Puts FILE into TARGET's read-only data, byte for byte: `extern "C" const char SYMBOL_begin[], SYMBOL_end[]` (declare them in
# the one .cc that reads them), aligned to 64 bytes. Used in place from the mapped binary: no start-up work, no heap.
function(maester_embed target symbol file)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${symbol}_embedded.cc)
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT [=[
asm(R"(
.pushsection .rodata
.balign 64
.global @symbol@_begin
.global @symbol@_end
@symbol@_begin:
.incbin "@file@"
@symbol@_end:
.byte 0
.popsection
)");
]=])
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS ${file})
  target_sources(${target} PRIVATE ${source})
endfunction()
