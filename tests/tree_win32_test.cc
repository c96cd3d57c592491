/* Trees on Windows: what happens where there is no job, and what a member can't do. */
#include "support.h"

#include <cstring>
#include <windows.h>

using namespace test;

class TreeWin32 : public Behaviour
{
};

static subproc_options InTree(subproc_tree tree)
{
    subproc_options options = WithoutConsole(Captured());
    options.tree = tree;
    return options;
}

TEST_F(TreeWin32, AMemberCannotLeaveTheJob)
{
    Ran ran(Helper({"--break-away"}), InTree(SUBPROC_TREE_REQUIRED));
    EXPECT_EQ("error=" + std::to_string(ERROR_ACCESS_DENIED) + "\n", ran.out()) << Told(ran.error);
}

/* The job of our own children's, which allows it; see helper/support.cc. */
TEST_F(TreeWin32, AChildMayLeaveOurJobForItsOwn)
{
    subproc_options options = InTree(SUBPROC_TREE_REQUIRED);
    options.win32.creation_flags |= CREATE_BREAKAWAY_FROM_JOB;
    Child child(Helper({"--members", "3", "2", "--out", "x", "--hang"}), options);
    ASSERT_EQ(SUBPROC_OK, child.code) << Told(child.error);
    EXPECT_TRUE(child.Says("xxxxxxx"));
    EXPECT_EQ(SUBPROC_OK, subproc_kill(child, &child.error)) << Told(child.error);
    EXPECT_EQ("", child.ReadAll());
}

/* ---- where the system fails ---------------------------------------------------------------------------------------- */

template <typename Value> static Value *At(char *module, size_t offset)
{
    return reinterpret_cast<Value *>(module + offset);
}

/* Where the library's module keeps the address of a function of kernel32:
 * https://learn.microsoft.com/windows/win32/debug/pe-format#import-directory-table */
static void **Import(const char *function)
{
    HMODULE handle;
    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                       reinterpret_cast<const wchar_t *>(subproc_strerror(0)), &handle);
    char *module = reinterpret_cast<char *>(handle);
    const auto *headers = At<IMAGE_NT_HEADERS>(module, (size_t)At<IMAGE_DOS_HEADER>(module, 0)->e_lfanew);
    DWORD table = headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT].VirtualAddress;
    for (auto *from = At<IMAGE_IMPORT_DESCRIPTOR>(module, table); from->Name != 0; from++) {
        auto *name = At<IMAGE_THUNK_DATA>(module, from->OriginalFirstThunk);
        auto *address = At<IMAGE_THUNK_DATA>(module, from->FirstThunk);
        for (; name->u1.AddressOfData != 0; name++, address++)
            if (!IMAGE_SNAP_BY_ORDINAL(name->u1.Ordinal) &&
                strcmp(At<IMAGE_IMPORT_BY_NAME>(module, name->u1.AddressOfData)->Name, function) == 0)
                return reinterpret_cast<void **>(&address->u1.Function);
    }
    return nullptr;
}

/* Another function in place of one of the system's, for the library, until the end of its life. */
class Replaced
{
  public:
    Replaced(const char *function, void *by) : place_(Import(function))
    {
        EXPECT_NE(nullptr, place_) << function;
        old_ = place_ != nullptr ? *place_ : nullptr;
        Write(by);
    }
    ~Replaced()
    {
        Write(old_);
    }
    Replaced(const Replaced &) = delete;
    Replaced &operator=(const Replaced &) = delete;

  private:
    void Write(void *function)
    {
        DWORD protection;
        if (place_ == nullptr || !VirtualProtect(place_, sizeof *place_, PAGE_READWRITE, &protection))
            return;
        *place_ = function;
        VirtualProtect(place_, sizeof *place_, protection, &protection);
    }

    void **place_;
    void *old_;
};

/* As Windows 7 answers for a process that is in a job. */
static WINAPI BOOL Refuse(HANDLE, HANDLE)
{
    SetLastError(ERROR_ACCESS_DENIED);
    return FALSE;
}

static WINAPI DWORD DoNotResume(HANDLE)
{
    SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return (DWORD)-1;
}

TEST_F(TreeWin32, AJobThatCannotBeJoinedIsADowngrade)
{
    Replaced assign("AssignProcessToJobObject", reinterpret_cast<void *>(Refuse));
    Child child(Helper({"--out", "x", "--hang"}), InTree(SUBPROC_TREE_BEST_EFFORT));
    ASSERT_EQ(SUBPROC_OK, child.code) << Told(child.error);
    EXPECT_EQ(1, subproc_tree_missing(child));
    EXPECT_TRUE(child.Says("x"));
    EXPECT_EQ(SUBPROC_OK, subproc_kill(child, &child.error)) << Told(child.error);
    EXPECT_EQ("", child.ReadAll());
    EXPECT_EQ(Killed(), child.End());
    Ran ran(Helper({"--out", "y", "--exit", "3"}), InTree(SUBPROC_TREE_BEST_EFFORT));
    EXPECT_EQ(Exited(3), ran.result.exit) << Told(ran.error);
    EXPECT_EQ(1, ran.result.tree_missing);
}

/* Nothing is left: the pipe that it would hold is at its end. */
TEST_F(TreeWin32, AJobThatMustBeJoinedAndCannotBeIsTold)
{
    Replaced assign("AssignProcessToJobObject", reinterpret_cast<void *>(Refuse));
    for (int bound : {0, 1}) {
        Pipe pipe;
        subproc_options options = InTree(bound ? SUBPROC_TREE_NONE : SUBPROC_TREE_REQUIRED);
        options.end_with_parent = bound;
        options.out.kind = SUBPROC_STREAM_HANDLE;
        options.out.handle = pipe.write;
        Child child(Helper({"--out", "x", "--hang"}), options);
        EXPECT_EQ(SUBPROC_E_UNSUPPORTED, child.code) << Told(child.error);
        EXPECT_STREQ(bound ? "end_with_parent" : "tree", child.error.step);
        EXPECT_EQ(ERROR_ACCESS_DENIED, child.error.native);
        pipe.write.Close();
        EXPECT_EQ("", pipe.read.ReadAll());
    }
}

TEST_F(TreeWin32, AChildThatCannotBeResumedLeavesNothing)
{
    Replaced resume("ResumeThread", reinterpret_cast<void *>(DoNotResume));
    Pipe pipe;
    subproc_options options = InTree(SUBPROC_TREE_BEST_EFFORT);
    options.out.kind = SUBPROC_STREAM_HANDLE;
    options.out.handle = pipe.write;
    Child child(Helper({"--out", "x", "--hang"}), options);
    EXPECT_EQ(SUBPROC_E_NO_MEMORY, child.code) << Told(child.error);
    EXPECT_STREQ("resume", child.error.step);
    pipe.write.Close();
    EXPECT_EQ("", pipe.read.ReadAll());
}
