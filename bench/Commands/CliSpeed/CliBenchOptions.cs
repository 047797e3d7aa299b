using Scheduler.Models;

namespace Scheduler.Bench.Commands.CliSpeed;

/// <summary>What <c>bench cli</c> measures.</summary>
internal sealed record CliBenchOptions
{
    /// <summary>Runs of each program. Twenty give a median that a busy moment of the machine does not move.</summary>
    public int Runs { get; init; } = 20;

    /// <summary>The rule that a value breaks, or null.</summary>
    public DomainError? Validate() => Runs is < 1 or > 10_000 ? DomainError.Invalid("--runs", "must be from 1 to 10000") : null;
}
