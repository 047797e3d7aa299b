namespace Scheduler.Tests.Cli.HouseRules;

/// <summary>
/// A newcomer reads a project folder by folder. That works if folders use each other in one direction, and if each holds enough to be worth
/// a name.
/// </summary>
public class FolderCircleTests
{
    public static TheoryData<string> Projects => [.. SourceProject.Names];

    [Theory]
    [MemberData(nameof(Projects))]
    public void FoldersUseEachOtherInOneDirection(string name)
    {
        var graph = new FolderGraph(SourceProject.Read(name));
        Assert.True(
            graph.Unknown.Count == 0,
            $"src/{name} does not compile here, so its uses are not known:\n{string.Join('\n', graph.Unknown)}"
        );
        var circles = graph.Circles().ToList();
        Assert.True(circles.Count == 0, Report(name, circles));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void FoldersHoldMoreThanOneFile(string name)
    {
        var lonely = SourceProject
            .Sources(name)
            .GroupBy(path => Path.GetDirectoryName(path)!)
            .Where(folder => folder.Key != "" && folder.Count() == 1)
            .Select(folder => $"src/{name}/{folder.Single()}")
            .ToList();
        Assert.True(lonely.Count == 0, $"alone in its folder, move it to a neighbour:\n{string.Join('\n', lonely)}");
    }

    private static string Report(string name, IEnumerable<IReadOnlyList<FolderUse>> circles) =>
        $"folders of src/{name} use each other in circles:\n"
        + string.Join(
            '\n',
            circles.Select(circle =>
                $"{string.Join(" -> ", circle.Select(use => use.User))} -> {circle[0].User}\n"
                + string.Join('\n', circle.Select(use => $"    {use}"))
            )
        );
}
