/* What each line of a decoder's bytes was read as, as lines for people or as JSON. */
#include "detect.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json.h"

/* ---- what the decoder tells ------------------------------------------------------------------------------------------ */

/* Where that encoding is counted. There are no more of them than places. */
static size_t place_of(struct cli_detect *detect, const char *name)
{
    size_t i = 0;
    while (i + 1 < CLI_DETECT_ENCODINGS && detect->encodings[i].lines > 0 && strcmp(detect->encodings[i].name, name) != 0)
        i++;
    if (detect->encodings[i].lines == 0)
        snprintf(detect->encodings[i].name, sizeof detect->encodings[i].name, "%s", name);
    return i;
}

static void on_line(void *context, const struct subproc_line *line)
{
    struct cli_detect *detect = context;
    size_t place = place_of(detect, line->encoding);
    detect->line_total++;
    detect->byte_total += line->size;
    detect->bad_lines += line->bad_parts > 0;
    detect->encodings[place].lines++;
    detect->lines[detect->line_count] = *line;
    detect->lines[detect->line_count++].encoding = detect->encodings[place].name; /* theirs is borrowed */
}

/* ---- lines ----------------------------------------------------------------------------------------------------------- */

static size_t without_end(const char *text, size_t size)
{
    if (size > 0 && text[size - 1] == '\n')
        size--;
    return size > 0 && text[size - 1] == '\r' ? size - 1 : size;
}

static void add_line(struct cli_detect *detect, const struct subproc_line *line, bool is_cut)
{
    struct cli_output *output = &detect->output;
    if (detect->names_file) {
        cli_output_text(output, detect->file);
        cli_output_text(output, ":");
    }
    cli_output_format(output, "%" PRIu64 "\t%s%s\t", line->number, line->encoding, line->bad_parts > 0 ? "!" : "");
    cli_output_bytes(output, detect->text, without_end(detect->text, detect->text_size));
    cli_output_text(output, is_cut ? "…\n" : "\n");
}

static void add_file(struct cli_detect *detect)
{
    cli_json_begin(&detect->output);
    cli_output_text(&detect->output, ",\"file\":");
    if (detect->is_input)
        cli_output_text(&detect->output, "null");
    else
        cli_json_string(&detect->output, detect->file);
}

static void add_json(struct cli_detect *detect, const struct subproc_line *line, bool is_cut)
{
    struct cli_output *output = &detect->output;
    add_file(detect);
    cli_output_format(output, ",\"line\":%" PRIu64 ",\"offset\":%" PRIu64 ",\"size\":%" PRIu64, line->number, line->offset,
                      line->size);
    cli_output_text(output, ",\"encoding\":");
    cli_json_string(output, line->encoding);
    cli_output_format(output, ",\"bad_parts\":%" PRIu64 ",", line->bad_parts);
    cli_json_bytes(output, detect->text, without_end(detect->text, detect->text_size));
    cli_output_text(output, is_cut ? ",\"truncated\":true}\n" : ",\"truncated\":false}\n");
}

/* What would be too much is only counted. */
static void keep(struct cli_detect *detect, const char *text, size_t size)
{
    bool is_cut = detect->text_seen > detect->text_size;
    size_t room = is_cut ? 0 : CLI_DETECT_SHOWN - detect->text_size, kept = size < room ? size : room;
    while (kept > 0 && kept < size && ((unsigned char)text[kept] & 0xC0) == 0x80)
        kept--;
    memcpy(detect->text + detect->text_size, text, kept);
    detect->text_size += kept;
    detect->text_seen += size;
}

static void write_line(struct cli_detect *detect, const struct subproc_line *line)
{
    bool is_cut = detect->text_seen > detect->text_size;
    if (detect->json)
        add_json(detect, line, is_cut);
    else
        add_line(detect, line, is_cut);
    detect->text_size = 0;
    detect->text_seen = 0;
}

int cli_detect_begin(struct cli_detect *detect, struct subproc_decoder *decoder, struct subproc_error *error)
{
    return subproc_decoder_each_line(decoder, on_line, detect, error);
}

void cli_detect_add(struct cli_detect *detect, const char *text, size_t size)
{
    for (size_t i = 0; i < detect->line_count; i++) {
        size_t rest = (size_t)(detect->lines[i].text_size - detect->text_seen);
        keep(detect, text, rest);
        write_line(detect, &detect->lines[i]);
        text += rest;
        size -= rest;
    }
    detect->line_count = 0;
    keep(detect, text, size);
}

/* ---- the summary ----------------------------------------------------------------------------------------------------- */

static void tell_summary(const struct cli_detect *detect)
{
    const char *name = detect->is_input ? "standard input" : detect->file;
    char counts[256] = "", bad[64] = "";
    for (size_t i = 0; i < CLI_DETECT_ENCODINGS && detect->encodings[i].lines > 0; i++) {
        size_t size = strlen(counts);
        snprintf(counts + size, sizeof counts - size, "%s%" PRIu64 " %s", i == 0 ? ": " : ", ", detect->encodings[i].lines,
                 detect->encodings[i].name);
    }
    if (detect->bad_lines > 0)
        snprintf(bad, sizeof bad, "; %" PRIu64 " with bad bytes (!)", detect->bad_lines);
    cli_complain("decode: %s: %" PRIu64 " line%s%s%s", name, detect->line_total, detect->line_total == 1 ? "" : "s", counts,
                 bad);
}

static void add_summary(struct cli_detect *detect, const struct subproc_error *error)
{
    struct cli_output *output = &detect->output;
    add_file(detect);
    cli_output_format(output, ",\"lines\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"encodings\":{", detect->line_total,
                      detect->byte_total);
    for (size_t i = 0; i < CLI_DETECT_ENCODINGS && detect->encodings[i].lines > 0; i++) {
        cli_output_text(output, i > 0 ? "," : "");
        cli_json_string(output, detect->encodings[i].name);
        cli_output_format(output, ":%" PRIu64, detect->encodings[i].lines);
    }
    cli_output_format(output, "},\"bad_lines\":%" PRIu64 ",\"error\":", detect->bad_lines);
    cli_json_error(output, error);
    cli_output_text(output, "}\n");
}

static void start_anew(struct cli_detect *detect)
{
    detect->line_count = detect->text_size = 0;
    detect->text_seen = detect->line_total = detect->byte_total = detect->bad_lines = 0;
    memset(detect->encodings, 0, sizeof detect->encodings);
}

bool cli_detect_end(struct cli_detect *detect, const struct subproc_error *error)
{
    if (detect->json)
        add_summary(detect, error);
    bool written = cli_output_flush(&detect->output);
    if (!detect->json && (error->code == 0 || detect->line_total > 0))
        tell_summary(detect);
    start_anew(detect);
    return written;
}
