using Scheduler.Rep.Runtime;

namespace Scheduler.Tests.EndToEnd.Hostile;

internal static class HostileAssert
{
    public static void NoHits(IEnumerable<ProbeResult> results) =>
        Empty("got through, or could not be tried", results.Where(result => result.Outcome is ProbeOutcome.Hit or ProbeOutcome.Broken));

    /// <summary>
    /// All probes hit, except those for features that this machine's kernel lacks and those that none of our defences stops.
    /// </summary>
    public static void AllHit(IEnumerable<ProbeResult> results) =>
        Empty(
            "were held though nothing should hold them",
            results.Where(result => result.Probe.StoppedBy != Defences.None && result.Outcome is ProbeOutcome.Held or ProbeOutcome.Broken)
        );

    private static void Empty(string what, IEnumerable<ProbeResult> results)
    {
        var wrong = results.ToList();
        Assert.True(wrong.Count == 0, $"{wrong.Count} probes {what}:\n{string.Join('\n', wrong)}");
    }
}
