using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Images;

/// <summary>Copies owner and mode of a root: an overlay's root is that of its upper directory, which must match the lower root.</summary>
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
