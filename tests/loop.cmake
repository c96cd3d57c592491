# The loop examples tell of every child: cmake -DPROGRAM=... -DHELPER=... [-DEMULATOR=...] -P
cmake_minimum_required(VERSION 3.25)
execute_process(COMMAND ${EMULATOR} ${PROGRAM} ${HELPER} --exit 3 ::: ${HELPER} --exit 4 ::: ${HELPER} --exit 5
  OUTPUT_VARIABLE output RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the program ended with ${status}: ${output}")
endif()
foreach(number RANGE 2)
  math(EXPR code "${number} + 3")
  if(NOT output MATCHES "child ${number} ended with status ${code}")
    message(FATAL_ERROR "the end of child ${number} is missing: ${output}")
  endif()
endforeach()
