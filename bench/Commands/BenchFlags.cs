using System.CommandLine;
using System.Globalization;
using Scheduler.Models;

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

    public static Option<double> Rate(string name, string description, double fallback) =>
        new(name)
        {
            Description = description,
            HelpName = "X",
            DefaultValueFactory = _ => fallback,
        };

    public static Option<TimeSpan> Duration(string name, string description, TimeSpan fallback) =>
        new(name)
        {
            Description = description,
            HelpName = "DURATION",
            DefaultValueFactory = _ => fallback,
            CustomParser = result =>
            {
                var text = result.Tokens[^1].Value;
                if (!Durations.TryParse(text, out var duration))
                    result.AddError(
                        string.Create(CultureInfo.InvariantCulture, $"{name}: must be a duration above 0 such as 15s or 2m, not \"{text}\"")
                    );
                return duration;
            },
        };

    public static Option<string> Store() =>
        new("--store")
        {
            Description = "Store of the BBS (default: a temporary MariaDB server)",
            HelpName = "sqlite:PATH|mysql:CONNECTION",
        };

    public static Option<string> Logs() =>
        new("--logs") { Description = "Directory in which to keep the logs of all components", HelpName = "DIR" };
}
