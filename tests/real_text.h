// What the tests of text with real children share.
#pragma once

#include <string>
#include <string_view>

#include "support.h"
#include "text_util.h"

struct Said {
    int code;
    std::string out, err, message;
};

// Runs a command and reads what it says; `input` is text too.
inline Said Say(const char *encoding, const test::Words &words, subproc_options options, std::string_view input = {},
                subproc_text_errors errors = SUBPROC_ERRORS_DEFAULT)
{
    options.text.encoding = encoding;
    options.text.errors = errors;
    options.timeout = test::deadline;
    if (!input.empty()) {
        options.in.kind = SUBPROC_STREAM_PIPE;
        options.input.data = input.data();
        options.input.size = input.size();
    }
    test::Ran ran(words, options);
    return {ran.code, ran.out(), ran.err(), ran.error.message};
}
