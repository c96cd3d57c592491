# The manual's examples do what they say: cmake -DPROGRAM=... -DHELPER=... [-DEMULATOR=...] -P
cmake_minimum_required(VERSION 3.25)
execute_process(COMMAND ${EMULATOR} ${PROGRAM} ${HELPER} OUTPUT_VARIABLE output RESULT_VARIABLE status)
string(REPLACE "\r" "" output "${output}")
string(REGEX REPLACE "; the line reads as [^\n]*" "" output "${output}") # as the console's page has it
set(promised [[
5 bytes: hello
cannot start 'no-such-program': not found in PATH
NOT_FOUND (not found) in step 'exec': cannot start 'no-such-program': not found in PATH
still running
ended with status 6
question
(killed)
while it comes
count=21

line: one
line: two
through both
one ended, 2 left
one ended, 1 left
one ended, 0 left
한
한: 
line 1: utf-8
line 2: cp949
byte 0xFF at offset 0 is not cp949
C7 D1
'한' (U+D55C) at offset 0 can't be said in ascii
grep 'it'\''s' 'a b'
]])
if(NOT status EQUAL 0 OR NOT output STREQUAL promised)
  message(FATAL_ERROR "ended with ${status} and wrote\n${output}\ninstead of\n${promised}")
endif()
