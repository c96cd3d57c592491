/* Jobs: what makes a child and all that it starts one thing, which can be ended and which can end with us. */
#include <stdlib.h>

#include "error.h"
#include "win32.h"

struct subproc_win32_job {
    HANDLE handle;
    bool ends_with_us; /* closing the handle kills */
    struct subproc_win32_job *next;
};

/* ---- making one ---------------------------------------------------------------------------------------------------- */

bool subproc_win32_job_wanted(const struct subproc_os_plan *plan)
{
    return plan->tree != SUBPROC_TREE_NONE || plan->end_with_parent;
}

/*
 * The system closes our handles however we end. Where no tree is asked for, what the child starts stays out of the job.
 * https://learn.microsoft.com/windows/win32/api/winnt/ns-winnt-jobobject_basic_limit_information
 */
static DWORD bind_to_us(HANDLE job, bool whole_tree)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    limits.BasicLimitInformation.LimitFlags =
        JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | (whole_tree ? 0 : JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK);
    return SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits) ? 0 : GetLastError();
}

static DWORD fill_job(struct subproc_win32_job *job, const struct subproc_os_plan *plan, HANDLE process)
{
    job->ends_with_us = plan->end_with_parent;
    job->handle = CreateJobObjectW(NULL, NULL);
    if (job->handle == NULL)
        return GetLastError();
    const DWORD native = job->ends_with_us ? bind_to_us(job->handle, plan->tree != SUBPROC_TREE_NONE) : 0;
    if (native != 0)
        return native;
    /* ERROR_ACCESS_DENIED where jobs don't nest and the process is in ours: before Windows 8. */
    return AssignProcessToJobObject(job->handle, process) ? 0 : GetLastError();
}

static void destroy(struct subproc_win32_job *job)
{
    if (job != NULL && job->handle != NULL)
        CloseHandle(job->handle);
    free(job);
}

/* Only a tree that isn't required may be missing. */
static int enter(struct subproc_os_child *child, const struct subproc_os_plan *plan, HANDLE process,
                 struct subproc_error *error)
{
    struct subproc_win32_job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return subproc_error_set(error, SUBPROC_E_NO_MEMORY, "start", 0);
    const DWORD native = fill_job(job, plan, process);
    if (native == 0) {
        child->job = job;
        child->has_tree = plan->tree != SUBPROC_TREE_NONE;
        return 0;
    }
    destroy(job);
    if (!plan->end_with_parent && plan->tree == SUBPROC_TREE_BEST_EFFORT)
        return 0;
    char words[200];
    subproc_error_set(error, SUBPROC_E_UNSUPPORTED, plan->tree == SUBPROC_TREE_NONE ? "end_with_parent" : "tree", native);
    subproc_error_words(error, words, sizeof words);
    subproc_error_sentence(error, "it can't be put in a job of its own: %s", words);
    return error->code;
}

int subproc_win32_job_begin(struct subproc_os_child *child, const struct subproc_os_plan *plan,
                            const PROCESS_INFORMATION *made, struct subproc_error *error)
{
    int result = enter(child, plan, made->hProcess, error);
    if (result == 0 && ResumeThread(made->hThread) == (DWORD)-1)
        result = subproc_os_fail(error, "resume", GetLastError());
    if (result == 0)
        return 0;
    TerminateProcess(made->hProcess, 1); /* it has never run and is ours, so this can't be refused */
    CloseHandle(made->hThread);
    CloseHandle(made->hProcess);
    destroy(child->job);
    child->job = NULL;
    return result;
}

DWORD subproc_win32_job_terminate(const struct subproc_win32_job *job, UINT code)
{
    return TerminateJobObject(job->handle, code) ? 0 : GetLastError();
}

/* ---- letting go of one --------------------------------------------------------------------------------------------- */

/* Jobs of children that were freed while they ran, and would be killed by closing them: the only process-wide state. */
static SRWLOCK orphans_lock = SRWLOCK_INIT;
static struct subproc_win32_job *orphans;

static bool is_empty(const struct subproc_win32_job *job)
{
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION counts;
    return QueryInformationJobObject(job->handle, JobObjectBasicAccountingInformation, &counts, sizeof counts, NULL) &&
           counts.ActiveProcesses == 0;
}

void subproc_win32_job_sweep(void)
{
    AcquireSRWLockExclusive(&orphans_lock);
    for (struct subproc_win32_job **link = &orphans; *link != NULL;) {
        struct subproc_win32_job *job = *link;
        if (is_empty(job)) {
            *link = job->next;
            destroy(job);
        } else {
            link = &job->next;
        }
    }
    ReleaseSRWLockExclusive(&orphans_lock);
}

void subproc_win32_job_leave(struct subproc_win32_job *job)
{
    if (job == NULL || !job->ends_with_us || is_empty(job)) {
        destroy(job);
        return;
    }
    AcquireSRWLockExclusive(&orphans_lock);
    job->next = orphans;
    orphans = job;
    ReleaseSRWLockExclusive(&orphans_lock);
}
