# The loop examples tell of every child and keep their deadline: cmake -DPROGRAM=... -DHELPER=... [-DEMULATOR=...] -P
cmake_minimum_required(VERSION 3.25)

# Runs the loop with these words and looks for the lines.
function(expect words lines)
  execute_process(COMMAND ${EMULATOR} ${PROGRAM} ${words} OUTPUT_VARIABLE output RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "the program ended with ${status}: ${output}")
  endif()
  foreach(line IN LISTS lines)
    if(NOT output MATCHES "${line}")
      message(FATAL_ERROR "'${line}' is missing: ${output}")
    endif()
  endforeach()
endfunction()

expect("60;${HELPER};--exit;3;:::;${HELPER};--exit;4;:::;${HELPER};--exit;5"
  "child 0 ended with status 3;child 1 ended with status 4;child 2 ended with status 5")
expect("0.2;${HELPER};--hang;:::;${HELPER};--hang"
  "child 0 is stopped at the deadline;child 1 is stopped at the deadline;child 0 ended with status (-9|1);child 1 ended with status (-9|1)")
if(PROGRAM MATCHES "loop_poll")
  expect("60;${HELPER};--out;hello;--err;no" "child 0 wrote 5 bytes to stdout;child 0 wrote 2 bytes to stderr")
endif()
