using System.CommandLine;
using Scheduler.Client.Apply;
using Scheduler.Client.Output;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary>What <c>scheduler apply</c> does about one LRP or task.</summary>
internal abstract class ApplyStep
{
    public abstract WantedWork Wanted { get; }

    /// <summary>Whether nothing has to be done.</summary>
    public abstract bool IsNone { get; }

    /// <summary>What would be done, for people.</summary>
    public abstract string Intent { get; }

    /// <summary>What would change, one line for each value.</summary>
    public abstract IReadOnlyList<string> Diff();

    /// <summary>Refuses what cannot be done, before anything is changed.</summary>
    /// <exception cref="DomainException">Says why not.</exception>
    public abstract void EnsurePossible();

    /// <returns>What was done; its first word is for programs.</returns>
    public abstract Task<string> ApplyAsync(
        ClientSession session,
        Printer printer,
        ParseResult parsed,
        CancellationToken cancellationToken
    );

    /// <summary>Waits, if that is asked for, until the work is as wanted.</summary>
    /// <returns>The exit code.</returns>
    public abstract Task<int> WaitAsync(ClientSession session, Printer printer, ParseResult parsed, CancellationToken cancellationToken);
}
