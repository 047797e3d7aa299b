using Scheduler.Bbs.Commands;
using Scheduler.Bbs.Commands.Actual;
using Scheduler.Bbs.Commands.Desired;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Bbs;

namespace Scheduler.Tests.Unit.Bbs.Commands.Actual;

/// <summary>What each report does to an ORDINARY row in each state, by the row's own instance and by another.</summary>
public sealed class TransitionTests
{
    private static readonly ActualLRPInstanceKey Own = A.Instance("own");
    private static readonly ActualLRPInstanceKey Other = A.Instance("other", "cell-2");

    [Theory]
    [InlineData("missing", "own", null, ErrorKind.ResourceNotFound)]
    [InlineData("UNCLAIMED", "own", "CLAIMED", null)]
    [InlineData("CLAIMED", "own", "CLAIMED", null)]
    [InlineData("CLAIMED", "other", "CLAIMED", ErrorKind.ActualLrpCannotBeClaimed)]
    [InlineData("RUNNING", "own", "CLAIMED", null)]
    [InlineData("RUNNING", "other", "RUNNING", ErrorKind.ActualLrpCannotBeClaimed)]
    [InlineData("CRASHED", "own", "CRASHED", ErrorKind.ActualLrpCannotBeClaimed)]
    public void Claim(string from, string by, string? to, ErrorKind? refusal) =>
        Check(from, new ClaimActualLrp(A.Claim("web", 0, Named(by))), to, refusal);

    [Theory]
    [InlineData("missing", "own", "RUNNING", null)]
    [InlineData("UNCLAIMED", "own", "RUNNING", null)]
    [InlineData("CLAIMED", "own", "RUNNING", null)]
    [InlineData("CLAIMED", "other", "RUNNING", null)]
    [InlineData("RUNNING", "own", "RUNNING", null)]
    [InlineData("RUNNING", "other", "RUNNING", ErrorKind.ActualLrpCannotBeStarted)]
    [InlineData("CRASHED", "own", "CRASHED", ErrorKind.ActualLrpCannotBeStarted)]
    public void Start(string from, string by, string to, ErrorKind? refusal) =>
        Check(from, new StartActualLrp(A.Start("web", 0, Named(by))), to, refusal);

    [Theory]
    [InlineData("missing", "own", null, ErrorKind.ResourceNotFound)]
    [InlineData("UNCLAIMED", "own", "UNCLAIMED", ErrorKind.ActualLrpCannotBeCrashed)]
    [InlineData("CLAIMED", "own", "UNCLAIMED", null)]
    [InlineData("CLAIMED", "other", "CLAIMED", ErrorKind.ActualLrpCannotBeCrashed)]
    [InlineData("RUNNING", "own", "UNCLAIMED", null)]
    [InlineData("RUNNING", "other", "RUNNING", ErrorKind.ActualLrpCannotBeCrashed)]
    [InlineData("CRASHED", "own", "CRASHED", ErrorKind.ActualLrpCannotBeCrashed)]
    public void Crash(string from, string by, string? to, ErrorKind? refusal) =>
        Check(from, new CrashActualLrp(A.Crash("web", 0, Named(by))), to, refusal);

    [Theory]
    [InlineData("missing", null, null)]
    [InlineData("UNCLAIMED", "UNCLAIMED", null)]
    [InlineData("CLAIMED", "CLAIMED", ErrorKind.ActualLrpCannotBeFailed)]
    [InlineData("RUNNING", "RUNNING", ErrorKind.ActualLrpCannotBeFailed)]
    [InlineData("CRASHED", "CRASHED", ErrorKind.ActualLrpCannotBeFailed)]
    public void Fail(string from, string? to, ErrorKind? refusal) =>
        Check(
            from,
            new FailActualLrp(new FailActualLRPRequest { ActualLrpKey = A.Key("web"), ErrorMessage = "insufficient resources" }),
            to,
            refusal
        );

    [Theory]
    [InlineData("missing", "own", null, ErrorKind.ResourceNotFound)]
    [InlineData("UNCLAIMED", "own", "UNCLAIMED", ErrorKind.ResourceNotFound)]
    [InlineData("UNCLAIMED", "nobody", null, null)]
    [InlineData("CLAIMED", "own", null, null)]
    [InlineData("CLAIMED", "nobody", null, null)]
    [InlineData("CLAIMED", "other", "CLAIMED", ErrorKind.ResourceNotFound)]
    [InlineData("RUNNING", "own", null, null)]
    [InlineData("RUNNING", "other", "RUNNING", ErrorKind.ResourceNotFound)]
    [InlineData("CRASHED", "nobody", null, null)]
    public void Remove(string from, string by, string? to, ErrorKind? refusal) =>
        Check(
            from,
            new RemoveActualLrp(
                new RemoveActualLRPRequest { ProcessGuid = "web", ActualLrpInstanceKey = by == "nobody" ? null : Named(by) }
            ),
            to,
            refusal
        );

    [Theory]
    [InlineData("missing", true, null, ErrorKind.ResourceNotFound)]
    [InlineData("UNCLAIMED", true, null, null)]
    [InlineData("CRASHED", true, null, null)]
    [InlineData("CLAIMED", true, "CLAIMED", null)]
    [InlineData("RUNNING", true, "RUNNING", null)]
    [InlineData("CLAIMED", false, null, null)]
    [InlineData("RUNNING", false, null, null)]
    public void Retire(string from, bool cellPresent, string? to, ErrorKind? refusal)
    {
        var bench = In(from);
        if (cellPresent)
            bench.Cell(Own.CellId);
        Check(bench, new RetireActualLrp(A.Key("web")), to, refusal);
    }

    private static ActualLRPInstanceKey Named(string name) => name == "own" ? Own : Other;

    private static void Check<T>(string from, Command<T> command, string? to, ErrorKind? refusal) => Check(In(from), command, to, refusal);

    private static void Check<T>(StateBench bench, Command<T> command, string? to, ErrorKind? refusal)
    {
        Assert.Equal(refusal, bench.Refusal(command));
        Assert.Equal(to, bench.Row("web")?.State);
    }

    /// <summary>One slot of "web" in the state, held by <see cref="Own"/> where the state has a holder.</summary>
    internal static StateBench In(string state)
    {
        var bench = new StateBench();
        if (state == "missing")
            return bench;
        bench.Do(new DesireLrp(A.DesiredLrp("web")));
        if (state == "UNCLAIMED")
            return bench;
        bench.Do(new ClaimActualLrp(A.Claim("web", 0, Own)));
        if (state == "CLAIMED")
            return bench;
        bench.Do(new StartActualLrp(A.Start("web", 0, Own)));
        if (state == "RUNNING")
            return bench;
        // Two crashes restart at once, the third leaves the row CRASHED.
        for (var crash = 0; crash < 3; crash++)
        {
            bench.Do(new StartActualLrp(A.Start("web", 0, Own)));
            bench.Do(new CrashActualLrp(A.Crash("web", 0, Own)));
        }
        return bench;
    }
}
