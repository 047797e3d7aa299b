using System.CommandLine;
using Scheduler.Client.Rollouts;
using Scheduler.Client.Specs;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary>How a rollout goes.</summary>
internal sealed class RolloutFlags
{
    private readonly Option<string?> _surge = new("--max-surge")
    {
        Description = "Instances beyond the desired number that may exist meanwhile, as a number or percentage (default: 1)",
        HelpName = "N|N%",
    };
    private readonly Option<string?> _unavailable = new("--max-unavailable")
    {
        Description = "Instances that may be missing meanwhile, as a number or percentage (default: 0)",
        HelpName = "N|N%",
    };
    private readonly Option<string?> _progress = new("--progress-timeout")
    {
        Description = "How long the next instance may take to become available before the rollout goes back (default: 5m)",
        HelpName = "DURATION",
    };
    private readonly Option<string?> _settled = new("--min-healthy")
    {
        Description = "How long a new instance must run before it counts; 0 for not at all (default: 2s)",
        HelpName = "DURATION",
    };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_surge, _unavailable, _progress, _settled])
            command.Options.Add(option);
    }

    /// <exception cref="DomainException">A value breaks a rule.</exception>
    public RolloutTimes Times(ParseResult parsed)
    {
        var times = new RolloutTimes(
            WorkFlags.Parsed(parsed, _progress, Duration, "a duration above 0 such as 30s or 5m") ?? RolloutTimes.DefaultProgress,
            WorkFlags.Parsed(
                parsed,
                _settled,
                text => Durations.IsZero(text) ? TimeSpan.Zero : Duration(text),
                "a duration such as 10s, or 0"
            ) ?? RolloutTimes.DefaultSettled
        );
        return times.Progress > times.Settled
            ? times
            : throw DomainError
                .Invalid(_progress.Name, $"must be longer than {_settled.Name}, or no instance could become available in time")
                .ToException();
    }

    /// <summary>The rollout of an app to a version, by its number.</summary>
    /// <param name="instances">Of the app once it is over; null for as many as now.</param>
    /// <exception cref="DomainException">A value breaks a rule.</exception>
    public Func<App, int, Rollout> Plan(ParseResult parsed, int? instances, RolloutPause pause)
    {
        var surge = WorkFlags.Parsed(parsed, _surge, Allowance.TryParse, Allowance.Rule) ?? new Allowance(1, false);
        var unavailable = WorkFlags.Parsed(parsed, _unavailable, Allowance.TryParse, Allowance.Rule) ?? new Allowance(0, false);
        if (surge.Number == 0 && unavailable.Number == 0)
            throw DomainError.Invalid(_surge.Name, $"must be above 0 if {_unavailable.Name} is 0: nothing could move").ToException();
        return (app, to) =>
        {
            var (before, after) = (app.Current.Instances, instances ?? app.Current.Instances);
            var allowed = Allowance.Resolve(surge, unavailable, after);
            return new Rollout(
                app.Versions?.Current ?? 1,
                to,
                after,
                before,
                allowed.Surge,
                allowed.Unavailable,
                IsBack: false,
                pause,
                Reason: ""
            );
        };
    }

    private static TimeSpan? Duration(string text) => Durations.TryParse(text, out var value) ? value : null;
}
