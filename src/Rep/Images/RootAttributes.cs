using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Images;

/// <summary>An overlay's root is that of its upper directory: who lays one over another must give it what the lower root has.</summary>
internal static class RootAttributes
{
    public static void Copy(string from, string to)
    {
        using var source = OpenDirectory.Open(from);
        using var target = OpenDirectory.Open(to);
        var facts = source.Stat(""u8)!.Value;
        target.ChangeOwner(""u8, facts.User, facts.Group);
        target.ChangeMode((uint)(facts.Mode & 0xFFF));
    }
}
