/* subproc_manual TEMPLATES FOLDER: writes the manual pages to FOLDER/docs/man and the completions to FOLDER/completions, these
 * from the templates in cli/manual. A tool for who works on the command: the tree holds what it writes, and a test fails when
 * it would write something else. */
#include <stdbool.h>
#include <string.h>

#include "../command.h"
#include "manual.h"

#define PATH_ROOM 4096

void manual_each_option(FILE *file, const struct cli_syntax *syntax,
                        void (*each)(FILE *file, const struct cli_syntax *syntax, const struct cli_option *option))
{
    for (const struct cli_option_group *group = syntax->groups; group->options != NULL; group++) {
        for (const struct cli_option *option = group->options; option->name != NULL; option++)
            each(file, syntax, option);
    }
    for (const struct cli_option *option = cli_besides(syntax); option->name != NULL; option++)
        each(file, syntax, option);
}

static FILE *open_file(const char *folder, const char *name, const char *mode)
{
    char path[PATH_ROOM];
    int size = snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = size > 0 && (size_t)size < sizeof path ? fopen(path, mode) : NULL;
    if (file == NULL)
        fprintf(stderr, "subproc_manual: cannot open %s\n", path);
    return file;
}

static bool close_file(FILE *file)
{
    bool failed = ferror(file) != 0;
    if (fclose(file) == 0 && !failed)
        return true;
    fprintf(stderr, "subproc_manual: a file could not be written whole\n");
    return false;
}

static bool write_page(const char *folder, const struct cli_syntax *syntax)
{
    char name[64];
    const char *subcommand = syntax->subcommand;
    snprintf(name, sizeof name, "docs/man/subproc%s%s.1", subcommand != NULL ? "-" : "",
             subcommand != NULL ? subcommand : "");
    FILE *file = open_file(folder, name, "wb");
    if (file == NULL)
        return false;
    manual_page(file, syntax);
    return close_file(file);
}

/* The template, with the tables where it says so. */
static void fill(FILE *template, FILE *file, void (*print_tables)(FILE *file))
{
    char line[256];
    while (fgets(line, sizeof line, template) != NULL) {
        if (strcmp(line, "@TABLES@\n") == 0)
            print_tables(file);
        else
            fputs(line, file);
    }
}

static bool write_completion(char **folders, const char *name, void (*print_tables)(FILE *file))
{
    char path[64];
    snprintf(path, sizeof path, "%s.in", name);
    FILE *template = open_file(folders[0], path, "rb");
    if (template == NULL)
        return false;
    snprintf(path, sizeof path, "completions/%s", name);
    FILE *file = open_file(folders[1], path, "wb");
    if (file != NULL)
        fill(template, file, print_tables);
    fclose(template);
    return file != NULL && close_file(file);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "Usage: subproc_manual TEMPLATES FOLDER\n");
        return 2;
    }
    bool written = write_page(argv[2], &cli_overview);
    for (const struct cli_subcommand *each = cli_subcommands; each->syntax != NULL; each++)
        written = write_page(argv[2], each->syntax) && written;
    written = write_completion(argv + 1, "subproc.bash", manual_bash) && written;
    written = write_completion(argv + 1, "subproc.ps1", manual_powershell) && written;
    return written ? 0 : 1;
}
