/* Which program a name means: the child's PATH, never the current directory, and `which` tells the same. */
#include "support.h"

using namespace test;

class Lookup : public Behaviour
{
  protected:
    /* A folder with a copy of the helper called `name`; returns the folder. */
    std::string FolderWith(const std::string &folder, const std::string &name)
    {
        MakeFolder(InFolder(folder));
        CopyProgram(HelperPath(), Join(InFolder(folder), ProgramFile(name)));
        return InFolder(folder);
    }

    /* A file of that name which may not be run. */
    std::string FolderWithPlainFile(const std::string &folder, const std::string &name)
    {
        MakeFolder(InFolder(folder));
        SaveFile(Join(InFolder(folder), name), "no program");
        return InFolder(folder);
    }
};

TEST_F(Lookup, UsesTheChildsPath)
{
    std::string folder = FolderWith("a", "only-here");
    Variable ours("PATH", OnWindows() ? nullptr : "/nowhere");
    EXPECT_EQ("started", Start("only-here", Words{PathList({folder})}));
    EXPECT_TRUE(SameFile(Join(folder, ProgramFile("only-here")), Which("only-here", Words{PathList({folder})})));
}

TEST_F(Lookup, DoesNotUseOursWhenTheChildsDiffers)
{
    std::string folder = FolderWith("a", "only-ours");
    Variable ours("PATH", PathList({folder}).substr(5).c_str());
    EXPECT_EQ("started", Start("only-ours", Words{}));
    EXPECT_EQ("NOT_FOUND", Start("only-ours", Words{PathList({Folder()})}));
    EXPECT_EQ("NOT_FOUND", Start("only-ours", Words{"PATH"}));
    EXPECT_EQ("NOT_FOUND", Which("only-ours", Words{PathList({Folder()})}));
    char *path = nullptr;
    EXPECT_EQ(SUBPROC_OK, subproc_which("only-ours", nullptr, &path, nullptr));
    subproc_free_string(path);
}

TEST_F(Lookup, TakesTheFirstOfSeveral)
{
    std::string a = FolderWith("a", "twice"), b = FolderWith("b", "twice");
    EXPECT_TRUE(SameFile(Join(a, ProgramFile("twice")), Which("twice", Words{PathList({a, b})})));
    EXPECT_TRUE(SameFile(Join(b, ProgramFile("twice")), Which("twice", Words{PathList({b, a})})));
    EXPECT_TRUE(SameFile(Join(a, ProgramFile("twice")), Which("twice", Words{PathList({InFolder("missing"), a, b})})));
}

TEST_F(Lookup, NeverTakesTheCurrentDirectory)
{
    std::string folder = FolderWith("here", "trap"), other = InFolder("other");
    MakeFolder(other);
    WorkingDirectory here(folder);
    EXPECT_EQ("NOT_FOUND", Start("trap", Words{PathList({other})}));
    EXPECT_EQ("NOT_FOUND", Which("trap", Words{PathList({other})}));
    EXPECT_EQ("NOT_FOUND", Which("trap", Words{}));
    EXPECT_EQ("NOT_FOUND", Start("trap", Words{PathList({other})}, folder.c_str()));
}

TEST_F(Lookup, TakesTheCurrentDirectoryWhenPathSaysSo)
{
    std::string folder = FolderWith("here", "allowed");
    WorkingDirectory here(folder);
    EXPECT_EQ("started", Start("allowed", Words{PathList({"."})}));
    EXPECT_NE("NOT_FOUND", Which("allowed", Words{PathList({"."})}));
    EXPECT_EQ(OnWindows() ? "NOT_FOUND" : "started", Start("allowed", Words{PathList({Folder(), "", InFolder("x")})}))
        << "an empty entry is the current directory on POSIX alone";
}

TEST_F(Lookup, RelativeEntriesAreAgainstTheCallersDirectory)
{
    FolderWith("bin", "relative");
    MakeFolder(InFolder("elsewhere"));
    WorkingDirectory here(Folder());
    EXPECT_EQ("started", Start("relative", Words{PathList({"bin"})}, InFolder("elsewhere").c_str()));
}

TEST_F(Lookup, ARelativePathIsAgainstTheCallersDirectory)
{
    FolderWith("bin", "relative");
    MakeFolder(InFolder("elsewhere"));
    WorkingDirectory here(Folder());
    EXPECT_EQ("started", Start("bin/relative", Words{}, InFolder("elsewhere").c_str()));
    EXPECT_EQ("started", Start("./bin/relative", Words{}));
    EXPECT_EQ("NOT_FOUND", Start("./relative", Words{}, InFolder("bin").c_str()));
}

TEST_F(Lookup, APathIsNotLookedUp)
{
    std::string folder = FolderWith("bin", "there");
    EXPECT_EQ("NOT_FOUND", Start("./there", Words{PathList({folder})}));
    EXPECT_EQ("NOT_FOUND", Which("./there", Words{PathList({folder})}));
}

TEST_F(Lookup, TheProgramOptionIsLookedUpTheSameWay)
{
    std::string folder = FolderWith("bin", "real-name");
    Words changes{PathList({folder})};
    subproc_options options = Captured();
    options.environment.changes = changes;
    options.program = "real-name";
    Ran ran(Words{"shown-name", "--program-name"}, options);
    EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ("shown-name", ran.out());
}

TEST_F(Lookup, PassesOverWhatIsNoProgram)
{
    MakeFolder(Join(InFolder("a"), ProgramFile("thing")));
    std::string plain = FolderWithPlainFile("b", "thing"), real = FolderWith("c", "thing");
    Words path{PathList({InFolder("a"), plain, real})};
    EXPECT_TRUE(SameFile(Join(real, ProgramFile("thing")), Which("thing", path)));
    EXPECT_EQ("started", Start("thing", path));
}

TEST_F(Lookup, WithoutAPathTheSystemsOwnPlacesAreSearched)
{
    char *path = nullptr;
    subproc_error error;
    ASSERT_EQ(SUBPROC_OK, subproc_which(OnWindows() ? "cmd" : "sh", Words{}, &path, &error)) << Told(error);
    EXPECT_NE(std::string::npos, std::string(path).find(OnWindows() ? "system32" : "/sh")) << path;
    subproc_free_string(path);
    EXPECT_EQ("NOT_FOUND", Which("no-such-program-here", Words{}));
}

TEST_F(Lookup, FindsNamesInOtherScripts)
{
    std::string folder = FolderWith("폴더 하나", "프로그램 😀");
    EXPECT_EQ("started", Start("프로그램 😀", Words{PathList({folder})}));
}

TEST_F(Lookup, AnEmptyNameIsRefusedOrNotFound)
{
    std::string answer = Which("", Words{PathList({Folder()})});
    EXPECT_TRUE(answer == "INVALID" || answer == "NOT_FOUND") << answer;
}
