/* The binary interface: sizes and offsets of the public structs where pointers have 64 bits, and enums of four bytes. */
#include "support.h"

#include <cstddef>

#define PIN_SIZE(type, bytes)    static_assert(sizeof(void *) != 8 || sizeof(struct type) == (bytes), #type)
#define PIN(type, field, offset) static_assert(sizeof(void *) != 8 || offsetof(struct type, field) == (offset), #type)

PIN_SIZE(subproc_error, 600);
PIN(subproc_error, code, 0);
PIN(subproc_error, native, 8);
PIN(subproc_error, step, 16);
PIN(subproc_error, message, 24);
PIN(subproc_error, reserved, 536);

PIN_SIZE(subproc_exit, 72);
PIN(subproc_exit, kind, 0);
PIN(subproc_exit, code, 4);
PIN(subproc_exit, reserved, 8);

PIN_SIZE(subproc_stream, 112);
PIN(subproc_stream, kind, 0);
PIN(subproc_stream, mode, 4);
PIN(subproc_stream, path, 8);
PIN(subproc_stream, handle, 16);
PIN(subproc_stream, from, 24);
PIN(subproc_stream, from_stream, 32);
PIN(subproc_stream, sink, 40);
PIN(subproc_stream, reserved, 48);

PIN_SIZE(subproc_environment, 80);
PIN(subproc_environment, base, 0);
PIN(subproc_environment, changes, 8);
PIN(subproc_environment, reserved, 16);

PIN_SIZE(subproc_input, 80);
PIN(subproc_input, data, 0);
PIN(subproc_input, size, 8);
PIN(subproc_input, reserved, 16);

PIN_SIZE(subproc_ladder, 80);
PIN(subproc_ladder, ask_wait, 0);
PIN(subproc_ladder, kill_wait, 8);
PIN(subproc_ladder, reserved, 16);

PIN_SIZE(subproc_descriptor, 8);
PIN(subproc_descriptor, source, 0);
PIN(subproc_descriptor, number, 4);

PIN_SIZE(subproc_resource_limit, 24);
PIN(subproc_resource_limit, resource, 0);
PIN(subproc_resource_limit, soft, 8);
PIN(subproc_resource_limit, hard, 16);

PIN_SIZE(subproc_posix, 144);
PIN(subproc_posix, set, 0);
PIN(subproc_posix, user, 4);
PIN(subproc_posix, group, 8);
PIN(subproc_posix, umask, 12);
PIN(subproc_posix, signals, 16);
PIN(subproc_posix, new_session, 20);
PIN(subproc_posix, process_group, 24);
PIN(subproc_posix, groups, 32);
PIN(subproc_posix, group_count, 40);
PIN(subproc_posix, descriptors, 48);
PIN(subproc_posix, descriptor_count, 56);
PIN(subproc_posix, limits, 64);
PIN(subproc_posix, limit_count, 72);
PIN(subproc_posix, reserved, 80);

PIN_SIZE(subproc_win32, 112);
PIN(subproc_win32, command_line, 0);
PIN(subproc_win32, set, 8);
PIN(subproc_win32, show_window, 12);
PIN(subproc_win32, creation_flags, 16);
PIN(subproc_win32, handles, 24);
PIN(subproc_win32, handle_count, 32);
PIN(subproc_win32, ansi_child, 40);
PIN(subproc_win32, reserved, 48);

PIN_SIZE(subproc_options, 1120);
PIN(subproc_options, in, 0);
PIN(subproc_options, out, 112);
PIN(subproc_options, err, 224);
PIN(subproc_options, directory, 336);
PIN(subproc_options, environment, 344);
PIN(subproc_options, program, 424);
PIN(subproc_options, shell, 432);
PIN(subproc_options, text, 448);
PIN(subproc_options, input, 528);
PIN(subproc_options, timeout, 608);
PIN(subproc_options, linger, 616);
PIN(subproc_options, stop, 624);
PIN(subproc_options, limit, 704);
PIN(subproc_options, pipefail, 784);
PIN(subproc_options, tree, 436);
PIN(subproc_options, end_with_parent, 440);
PIN(subproc_options, cancel, 792);
PIN(subproc_options, posix, 800);
PIN(subproc_options, win32, 944);
PIN(subproc_options, reserved, 1056);

PIN_SIZE(subproc_output, 104);
PIN(subproc_output, data, 0);
PIN(subproc_output, size, 8);
PIN(subproc_output, total, 16);
PIN(subproc_output, gap, 24);
PIN(subproc_output, truncated, 32);
PIN(subproc_output, undecoded, 36);
PIN(subproc_output, reserved, 40);

PIN_SIZE(subproc_result, 408);
PIN(subproc_result, exit, 0);
PIN(subproc_result, out, 72);
PIN(subproc_result, err, 176);
PIN(subproc_result, reason, 280);
PIN(subproc_result, stop_step, 284);
PIN(subproc_result, ask_skipped, 288);
PIN(subproc_result, incomplete, 292);
PIN(subproc_result, tree_missing, 296);
PIN(subproc_result, wall_ns, 304);
PIN(subproc_result, user_ns, 312);
PIN(subproc_result, system_ns, 320);
PIN(subproc_result, peak_rss, 328);
PIN(subproc_result, command, 336);
PIN(subproc_result, reserved, 344);

PIN_SIZE(subproc_limit, 80);
PIN(subproc_limit, bytes, 0);
PIN(subproc_limit, keep, 8);
PIN(subproc_limit, reserved, 16);

PIN_SIZE(subproc_sink, 96);
PIN(subproc_sink, callback, 0);
PIN(subproc_sink, context, 8);
PIN(subproc_sink, lines, 16);
PIN(subproc_sink, longest_line, 24);
PIN(subproc_sink, reserved, 32);

PIN_SIZE(subproc_piece, 96);
PIN(subproc_piece, data, 0);
PIN(subproc_piece, size, 8);
PIN(subproc_piece, stream, 16);
PIN(subproc_piece, flags, 20);
PIN(subproc_piece, stage, 24);
PIN(subproc_piece, reserved, 32);

PIN_SIZE(subproc_command, 80);
PIN(subproc_command, argv, 0);
PIN(subproc_command, options, 8);
PIN(subproc_command, reserved, 16);

PIN_SIZE(subproc_pipeline_result, 104);
PIN(subproc_pipeline_result, stages, 0);
PIN(subproc_pipeline_result, count, 8);
PIN(subproc_pipeline_result, verdict, 16);
PIN(subproc_pipeline_result, reason, 24);
PIN(subproc_pipeline_result, wall_ns, 32);
PIN(subproc_pipeline_result, reserved, 40);

PIN_SIZE(subproc_group_options, 72);
PIN(subproc_group_options, max_running, 0);
PIN(subproc_group_options, reserved, 8);

PIN_SIZE(subproc_finished, 1096);
PIN(subproc_finished, user, 0);
PIN(subproc_finished, number, 8);
PIN(subproc_finished, code, 16);
PIN(subproc_finished, error, 24);
PIN(subproc_finished, result, 624);
PIN(subproc_finished, reserved, 1032);

PIN_SIZE(subproc_text, 80);
PIN(subproc_text, encoding, 0);
PIN(subproc_text, errors, 8);
PIN(subproc_text, newlines, 12);
PIN(subproc_text, reserved, 16);

PIN_SIZE(subproc_line, 112);
PIN(subproc_line, offset, 0);
PIN(subproc_line, size, 8);
PIN(subproc_line, number, 16);
PIN(subproc_line, text_size, 24);
PIN(subproc_line, bad_parts, 32);
PIN(subproc_line, encoding, 40);
PIN(subproc_line, reserved, 48);

static_assert(sizeof(enum subproc_error_code) == 4);
static_assert(sizeof(enum subproc_exit_kind) == 4);
static_assert(sizeof(enum subproc_stream_id) == 4);
static_assert(sizeof(enum subproc_stream_kind) == 4);
static_assert(sizeof(enum subproc_file_mode) == 4);
static_assert(sizeof(enum subproc_environment_base) == 4);
static_assert(sizeof(enum subproc_signals) == 4);
static_assert(sizeof(enum subproc_posix_set) == 4);
static_assert(sizeof(enum subproc_win32_set) == 4);
static_assert(sizeof(enum subproc_reason) == 4);
static_assert(sizeof(enum subproc_stop_step) == 4);
static_assert(sizeof(enum subproc_quote_target) == 4);
static_assert(sizeof(enum subproc_shell) == 4);
static_assert(sizeof(enum subproc_keep) == 4);
static_assert(sizeof(enum subproc_pipefail) == 4);
static_assert(sizeof(enum subproc_piece_flags) == 4);
static_assert(sizeof(enum subproc_tree) == 4);
static_assert(sizeof(enum subproc_text_errors) == 4);

static_assert(sizeof(subproc_handle) == sizeof(void *));

/* Fields that come later take their room from there. */
template <typename Struct> static bool EndsInItsReservedPlace()
{
    return sizeof(Struct::reserved) == 64 && offsetof(Struct, reserved) + sizeof(Struct::reserved) == sizeof(Struct);
}

TEST(Layout, TheReservedPlaceEndsEachStructThatTheCallerAllocates)
{
    EXPECT_TRUE(EndsInItsReservedPlace<subproc_error>());
    EXPECT_TRUE(EndsInItsReservedPlace<subproc_exit>());
    EXPECT_TRUE(EndsInItsReservedPlace<subproc_stream>());
    EXPECT_TRUE(EndsInItsReservedPlace<subproc_environment>());
    EXPECT_TRUE(EndsInItsReservedPlace<subproc_input>());
    EXPECT_TRUE(EndsInItsReservedPlace<subproc_ladder>());
    EXPECT_TRUE(EndsInItsReservedPlace<subproc_posix>());
    EXPECT_TRUE(EndsInItsReservedPlace<subproc_win32>());
    EXPECT_TRUE(EndsInItsReservedPlace<subproc_options>());
    EXPECT_TRUE(EndsInItsReservedPlace<subproc_output>());
    EXPECT_TRUE(EndsInItsReservedPlace<subproc_result>());
    EXPECT_TRUE(EndsInItsReservedPlace<subproc_text>());
    EXPECT_TRUE(EndsInItsReservedPlace<subproc_command>());
    EXPECT_TRUE(EndsInItsReservedPlace<subproc_pipeline_result>());
    EXPECT_TRUE(EndsInItsReservedPlace<subproc_group_options>());
    EXPECT_TRUE(EndsInItsReservedPlace<subproc_finished>());
    EXPECT_TRUE(EndsInItsReservedPlace<subproc_limit>());
    EXPECT_TRUE(EndsInItsReservedPlace<subproc_sink>());
    EXPECT_TRUE(EndsInItsReservedPlace<subproc_piece>());
    EXPECT_TRUE(EndsInItsReservedPlace<subproc_line>());
}
