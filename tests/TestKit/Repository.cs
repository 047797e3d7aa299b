namespace Scheduler.Tests.TestKit;

/// <summary>The working copy in which the tests run.</summary>
public static class Repository
{
    /// <exception cref="DirectoryNotFoundException">The tests do not run in a working copy.</exception>
    public static string Root { get; } = Find();

    // In a reproducible build, the compiler's path of a file is not the real one.
    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Scheduler.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("the tests do not run in a clone of the repository");
    }
}
