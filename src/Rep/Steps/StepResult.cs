namespace Scheduler.Rep.Steps;

/// <summary>How a step ended.</summary>
internal readonly record struct StepResult(StepError? Error)
{
    public static readonly StepResult Success;

    public bool Succeeded => Error is null;

    public static StepResult Failed(string message) => new(new StepError(message));

    /// <summary>Like <see cref="Failed"/>, but a retry would fail the same way.</summary>
    public static StepResult FailedForGood(string message) => new(new StepError(message) { Permanent = true });

    public static StepResult Of(StepError? error) => new(error);
}

internal enum StepErrorKind
{
    Failed,

    /// <summary>The step stopped as requested; not a failure.</summary>
    Cancelled,

    /// <summary>The step was asked to stop and had to be killed.</summary>
    KilledAfterGrace,
}

/// <summary>Why a step failed, in a message that its owner may see.</summary>
internal sealed record StepError(string Message, StepErrorKind Kind = StepErrorKind.Failed)
{
    /// <summary>The work itself is wrong, for example its program does not exist: a retry would fail the same way.</summary>
    public bool Permanent { get; init; }

    public static readonly StepError Cancelled = new("cancelled", StepErrorKind.Cancelled);

    public static readonly StepError KilledAfterGrace = new("exceeded graceful shutdown interval", StepErrorKind.KilledAfterGrace);

    /// <summary>
    /// Joins several errors into one, in order. Cancelled errors are left out, as they only follow from another failure; grace notices
    /// are left out if there is anything else to report. Null without errors; cancelled if all are cancelled.
    /// </summary>
    public static StepError? Join(IReadOnlyList<StepError> errors)
    {
        var telling = errors.Where(error => error.Kind != StepErrorKind.Cancelled).ToList();
        if (telling.Count > 1)
            telling = [.. telling.Where(error => error.Kind != StepErrorKind.KilledAfterGrace).DefaultIfEmpty(KilledAfterGrace)];
        return telling.Count switch
        {
            0 => errors.Count == 0 ? null : Cancelled,
            1 => telling[0],
            _ => new StepError(string.Join("; ", telling.Select(error => error.Message)))
            {
                Permanent = telling.Any(error => error.Permanent),
            },
        };
    }
}
