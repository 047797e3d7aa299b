namespace Scheduler.Tests.Cli.HouseRules;

/// <summary>
/// A newcomer reads a project folder by folder. That works if folders use each other in one direction, and if each holds enough to be worth
/// a name.
/// </summary>
public class FolderCircleTests
{
    /// <summary>Projects whose folders still form circles. A project leaves this list with its last circle; none may enter.</summary>
    private static readonly string[] StillCircular = [];

    /// <summary>Folders that may hold a single source file, and why.</summary>
    private static readonly Dictionary<string, string> OfOneFile = [];

    public static TheoryData<string> Projects => [.. SourceProject.Names];

    [Theory]
    [MemberData(nameof(Projects))]
    public void FoldersUseEachOtherInOneDirection(string name)
    {
        var graph = new FolderGraph(SourceProject.Read(name));
        Assert.True(graph.Unknown.Count == 0, $"src/{name} does not compile here, so its uses are not known:\n{string.Join('\n', graph.Unknown)}");
        var circles = graph.Circles().ToList();
        if (StillCircular.Contains(name)) Assert.True(circles.Count > 0, $"src/{name} has no circle left: remove it from {nameof(StillCircular)}");
        else Assert.True(circles.Count == 0, Report(name, circles));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void FoldersHoldMoreThanOneFile(string name)
    {
        var lonely = SourceProject.Sources(name).GroupBy(path => Path.GetDirectoryName(path)!)
            .Where(folder => folder.Key != "" && folder.Count() == 1).Select(folder => $"src/{name}/{folder.Single()}")
            .Where(path => !OfOneFile.ContainsKey(Path.GetDirectoryName(path)!)).ToList();
        Assert.True(lonely.Count == 0, $"alone in its folder, move it to a neighbour:\n{string.Join('\n', lonely)}");
    }

    [Fact]
    public void ExceptionsStillApply()
    {
        var lonely = SourceProject.Names.SelectMany(name => SourceProject.Sources(name).Select(path => $"src/{name}/{path}"))
            .GroupBy(path => Path.GetDirectoryName(path)!).Where(folder => folder.Count() == 1).Select(folder => folder.Key);
        Assert.Empty(OfOneFile.Keys.Except(lonely));
        Assert.Empty(StillCircular.Except(SourceProject.Names));
    }

    private static string Report(string name, IEnumerable<IReadOnlyList<FolderUse>> circles) =>
        $"folders of src/{name} use each other in circles:\n" + string.Join('\n', circles.Select(circle =>
            $"{string.Join(" -> ", circle.Select(use => use.User))} -> {circle[0].User}\n" + string.Join('\n', circle.Select(use => $"    {use}"))));
}
