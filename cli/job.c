/* One job of `subproc parallel`: its argument, and the command that this makes. */
#include "job.h"

#include <stdlib.h>
#include <string.h>

#include "common.h"

#define PLACE "{}"

static size_t count_places(const char *word)
{
    size_t count = 0;
    while ((word = strstr(word, PLACE)) != NULL) {
        word += strlen(PLACE);
        count++;
    }
    return count;
}

static char *fill_places(const char *word, const char *argument)
{
    char *filled = malloc(strlen(word) + count_places(word) * strlen(argument) + 1);
    if (filled == NULL)
        return NULL;
    char *end = filled;
    for (const char *place; (place = strstr(word, PLACE)) != NULL; word = place + strlen(PLACE)) {
        memcpy(end, word, (size_t)(place - word));
        end += place - word;
        memcpy(end, argument, strlen(argument));
        end += strlen(argument);
    }
    memcpy(end, word, strlen(word) + 1);
    return filled;
}

static bool has_place(char **words)
{
    while (*words != NULL && count_places(*words) == 0)
        words++;
    return *words != NULL;
}

static void free_words(char **words)
{
    for (char **word = words; words != NULL && *word != NULL; word++)
        free(*word);
    free(words);
}

static char **make_command(char **words, const char *argument)
{
    size_t count = cli_count_words(words);
    size_t all = count + (has_place(words) ? 0 : 1);
    char **command = calloc(all + 1, sizeof *command);
    for (size_t i = 0; command != NULL && i < all; i++) {
        command[i] = fill_places(i < count ? words[i] : PLACE, argument);
        if (command[i] == NULL) {
            free_words(command);
            return NULL;
        }
    }
    return command;
}

struct cli_job *cli_job_new(char **words, char *argument)
{
    struct cli_job *job = calloc(1, sizeof *job);
    char **command = make_command(words, argument);
    if (job == NULL || command == NULL) {
        free(job);
        free_words(command);
        free(argument);
        return NULL;
    }
    job->argument = argument;
    job->command = command;
    return job;
}

void cli_job_free(struct cli_job *job)
{
    subproc_result_free(&job->finished.result);
    free_words(job->command);
    free(job->argument);
    free(job);
}
