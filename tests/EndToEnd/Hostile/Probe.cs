using Scheduler.Rep.Runtime;

namespace Scheduler.Tests.EndToEnd.Hostile;

/// <summary>One attempt of a hostile container.</summary>
/// <param name="Name">Unique in its area: letters, digits and dashes.</param>
/// <param name="Hit">What it means when it works.</param>
/// <param name="StoppedBy">
/// Each of these defences stops it alone, so it must be held while any is on, and must hit when none is: otherwise it proves nothing.
/// <see cref="Defences.None"/>: runc itself does, which nothing switches off.
/// </param>
/// <param name="Script">
/// Of the container's shell. Ends with 0 for a hit, with 77 where the machine's kernel lacks what it is about, else it is held. The programs of
/// <c>Programs/probe.c</c> are at hand as <c>$P NAME</c>. A hit must leave the machine as it was.
/// </param>
internal sealed record Probe(string Name, string Hit, Defences StoppedBy, string Script)
{
    /// <summary>It mostly waits for answers, and is in no other's way: such probes run side by side.</summary>
    public bool Together { get; init; }
}

internal enum ProbeOutcome
{
    /// <summary>The defence failed.</summary>
    Hit,

    Held,

    /// <summary>The kernel has no such thing.</summary>
    Absent,

    /// <summary>The probe itself does not work, so it says nothing.</summary>
    Broken,
}

internal sealed record ProbeResult(Probe Probe, ProbeOutcome Outcome, string Said)
{
    public override string ToString() => $"{Outcome.ToString().ToUpperInvariant()} {Probe.Name} ({Probe.Hit}): {Said}";
}
