using Scheduler.Rep.Runtime;

namespace Scheduler.Tests.EndToEnd.Hostile;

/// <summary>One attack of a hostile container.</summary>
/// <param name="Name">Unique in its area: letters, digits and dashes.</param>
/// <param name="Hit">The consequence if it succeeds.</param>
/// <param name="StoppedBy">
/// Each of these defences alone stops the probe, so it must be held while any is on and hit when none is; otherwise it proves nothing.
/// <see cref="Defences.None"/>: stopped by runc itself, which cannot be switched off.
/// </param>
/// <param name="Script">
/// Script for the container's shell. Exit code 0 is a hit, 77 means that the machine's kernel lacks the feature, and any other code means
/// that the probe was held. The programs of <c>Programs/probe.c</c> are available as <c>$P NAME</c>. A hit must leave the machine
/// unchanged.
/// </param>
internal sealed record Probe(string Name, string Hit, Defences StoppedBy, string Script)
{
    /// <summary>The probe mostly waits for replies and does not disturb others: such probes run in parallel.</summary>
    public bool Together { get; init; }
}

internal enum ProbeOutcome
{
    /// <summary>The defence failed.</summary>
    Hit,

    Held,

    /// <summary>The kernel lacks the feature.</summary>
    Absent,

    /// <summary>The probe itself does not work, so it proves nothing.</summary>
    Broken,
}

internal sealed record ProbeResult(Probe Probe, ProbeOutcome Outcome, string Said)
{
    public override string ToString() => $"{Outcome.ToString().ToUpperInvariant()} {Probe.Name} ({Probe.Hit}): {Said}";
}
