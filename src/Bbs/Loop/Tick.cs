using Scheduler.Bbs.Commands;

namespace Scheduler.Bbs.Loop;

/// <summary>Wakes the loop when a time to live may have expired; decides nothing itself.</summary>
internal sealed class Tick : Command
{
    public static readonly Tick Instance = new();

    private Tick() { }

    internal override void Run(Decision decision) { }

    internal override void Answer() { }

    internal override void Fail(Exception why) { }

    internal override void Cancel() { }
}
