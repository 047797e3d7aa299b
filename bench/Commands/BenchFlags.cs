using System.CommandLine;

namespace Scheduler.Bench.Commands;

/// <summary>Flags common to several benchmarks.</summary>
internal static class BenchFlags
{
    public static Option<int> Number(string name, string description, int fallback) =>
        new(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => fallback,
        };

    public static Option<ulong> Seed(string description, ulong fallback) =>
        new("--seed") { Description = description, DefaultValueFactory = _ => fallback };

    public static Option<bool> Json(string description = "Print JSON, one object per line") => new("--json") { Description = description };
}
