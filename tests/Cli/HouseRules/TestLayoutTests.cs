using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.Cli.HouseRules;

/// <summary>The tests of a folder are found where the folder is found.</summary>
public class TestLayoutTests
{
    /// <summary>The tests of the parts are by project, those of the program are not.</summary>
    [Theory]
    [InlineData("tests/Unit", "src")]
    [InlineData("tests/Cli", "src/Cli")]
    [InlineData("tests/Cli/Client", "src/Client")]
    public void FoldersOfTestsMirrorThoseOfTheSources(string tests, string sources)
    {
        var root = Path.Combine(Repository.Root, tests);
        var strays = Directory
            .EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetDirectoryName(Path.GetRelativePath(root, path))!)
            .Where(folder => folder.Split(Path.DirectorySeparatorChar)[0] is not ("obj" or "bin" or "Client" or nameof(HouseRules)))
            .Distinct(StringComparer.Ordinal)
            .Where(folder => !Directory.Exists(Path.Combine(Repository.Root, sources, folder)))
            .Order(StringComparer.Ordinal)
            .ToList();
        Assert.True(strays.Count == 0, $"no such folder in {sources}: {string.Join(", ", strays.Select(folder => $"{tests}/{folder}"))}");
    }
}
