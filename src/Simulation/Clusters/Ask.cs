namespace Scheduler.Simulation.Clusters;

/// <summary>Outcome of a request, as far as its client can know.</summary>
internal enum AskOutcome
{
    Done,

    /// <summary>Refused: nothing changed.</summary>
    Refused,

    /// <summary>It is unknown whether the request was carried out or will be.</summary>
    Unknown,
}

/// <summary>One attempt at a request.</summary>
internal readonly record struct Ask(AskOutcome Outcome, ErrorKind Error, string Message = "")
{
    public static async Task<Ask> OfAsync(Func<Task> call)
    {
        try
        {
            await call();
            return new Ask(AskOutcome.Done, ErrorKind.Unknown);
        }
        catch (DomainException refusal)
        {
            return new Ask(IsDecision(refusal.Kind) ? AskOutcome.Refused : AskOutcome.Unknown, refusal.Kind, refusal.Message);
        }
    }

    /// <summary>Whether an error says that the BBS decided against the request.</summary>
    public static bool IsDecision(ErrorKind kind) =>
        kind
            is ErrorKind.ResourceExists
                or ErrorKind.ResourceNotFound
                or ErrorKind.InvalidRequest
                or ErrorKind.InvalidStateTransition
                or ErrorKind.ResourceConflict;
}
