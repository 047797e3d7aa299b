using Scheduler.Rep.Runtime;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.Integration.Conformance;

/// <summary>docs/runtimes.md lists the cases, and what each driver cannot do.</summary>
public sealed class ConformanceDocTests
{
    private const string File = "docs/runtimes.md";
    private const string Begin = "<!-- written by ConformanceDocTests -->\n";
    private const string End = "<!-- end -->\n";

    private static readonly IReadOnlyList<ConformanceCell> Drivers =
    [
        new RuncConformanceTests.Cell(),
        new ContainerdConformanceTests.Cell(),
        new DockerConformanceTests.Cell(),
        new SimulatedConformanceTests.Cell(),
    ];

    [Fact]
    public void The_documentation_lists_the_cases_and_what_drivers_lack()
    {
        var text = System.IO.File.ReadAllText(Path.Combine(Repository.Root, File));
        var (begin, end) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));
        Golden.Equal(File, text[..begin] + Tables() + text[end..]);
    }

    [Fact]
    public void Every_driver_has_its_tests()
    {
        var tested = typeof(RuntimeConformance).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(RuntimeConformance)));
        Assert.Equal(Drivers.Select(driver => driver.GetType().DeclaringType!).ToHashSet(), tested.ToHashSet());
    }

    private static string Tables()
    {
        var lines = new List<string>
        {
            "",
            "| Case | " + string.Join(" | ", Drivers.Select(driver => Name(driver.Kind))) + " |",
            "|---|" + string.Concat(Drivers.Select(_ => "---|")),
        };
        foreach (var (name, needs) in RuntimeConformance.Cases)
            lines.Add(
                $"| {name} | " + string.Join(" | ", Drivers.Select(driver => needs.Any(driver.Lacks.ContainsKey) ? "—" : "yes")) + " |"
            );
        lines.AddRange(["", "| Driver | Cannot | Because |", "|---|---|---|"]);
        foreach (var driver in Drivers)
        {
            foreach (var why in driver.Lacks.GroupBy(lack => lack.Value, lack => InWords(lack.Key)))
                lines.Add($"| {Name(driver.Kind)} | {string.Join("; ", why)} | {why.Key} |");
        }

        return string.Join('\n', lines) + "\n\n";
    }

    private static string Name(RuntimeKind kind) => kind.ToString().ToLowerInvariant();

    private static string InWords(Ability ability) =>
        ability switch
        {
            Ability.Programs => "run programs",
            Ability.Images => "start from images",
            Ability.DiskLimits => "limit disks",
            Ability.Limits => "limit memory and processes",
            Ability.SeparateStreams => "tell standard output from standard error",
            Ability.Ports => "map ports",
            Ability.NetworkPolicy => "keep containers from reaching each other and the machine",
            Ability.Dns => "set name servers",
            Ability.Files => "read files of a container, so copy into and out of it, download and upload",
            Ability.Mounts => "mount directories of the machine",
            Ability.UserNamespaces => "make root in a container an unprivileged user of the machine",
            Ability.Sessions => "attach to a process",
            Ability.Terminals => "attach with a terminal",
            Ability.Metrics => "measure usage",
            Ability.Restarts => "find containers again after a restart",
            _ => throw new ArgumentOutOfRangeException(nameof(ability)),
        };
}
