namespace Scheduler.Rep.Steps;

/// <summary>How a step ended.</summary>
internal readonly record struct StepResult(StepError? Error)
{
    public static readonly StepResult Success;

    public bool Succeeded => Error is null;

    public static StepResult Failed(string message) => new(new StepError(message));

    /// <summary>As <see cref="Failed"/>, and trying again changes nothing.</summary>
    public static StepResult FailedForGood(string message) => new(new StepError(message) { Permanent = true });

    public static StepResult Of(StepError? error) => new(error);
}

internal enum StepErrorKind
{
    Failed,

    /// <summary>It was asked to stop and did; nobody's failure.</summary>
    Cancelled,

    /// <summary>It was asked to stop and had to be killed.</summary>
    KilledAfterGrace,
}

/// <summary>Why a step failed, in words that its owner may see.</summary>
internal sealed record StepError(string Message, StepErrorKind Kind = StepErrorKind.Failed)
{
    /// <summary>The work itself is wrong, such as naming a program that is not there: trying again changes nothing.</summary>
    public bool Permanent { get; init; }

    public static readonly StepError Cancelled = new("cancelled", StepErrorKind.Cancelled);

    public static readonly StepError KilledAfterGrace = new("exceeded graceful shutdown interval", StepErrorKind.KilledAfterGrace);

    /// <summary>
    /// One error for several: joined in order, without the cancelled ones, which only follow from another's failure, and without
    /// the grace notices when there is anything else to tell. Null when there are none; cancelled when there are only such.
    /// </summary>
    public static StepError? Join(IReadOnlyList<StepError> errors)
    {
        var telling = errors.Where(error => error.Kind != StepErrorKind.Cancelled).ToList();
        if (telling.Count > 1) telling = [.. telling.Where(error => error.Kind != StepErrorKind.KilledAfterGrace).DefaultIfEmpty(KilledAfterGrace)];
        return telling.Count switch
        {
            0 => errors.Count == 0 ? null : Cancelled,
            1 => telling[0],
            _ => new StepError(string.Join("; ", telling.Select(error => error.Message))) { Permanent = telling.Any(error => error.Permanent) },
        };
    }
}
