using Scheduler.Contracts.V1;
using Scheduler.Rep.Runs;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Access;

/// <summary>What a client's command shares with the work's own command, so that it sees what that sees.</summary>
internal static class WorkProcess
{
    /// <summary>User, directory and environment of the work's command; the path is left to the caller.</summary>
    public static ProcessSpec Like(WorkDefinition? work, ContainerInfo container, string cellAddress)
    {
        var own = MainOf(work?.Action);
        return new ProcessSpec
        {
            Path = "",
            User = own?.User ?? "",
            Dir = own?.Dir ?? "",
            Environment =
            [
                .. (own?.Env ?? []).Select(variable => new Runtime.EnvironmentVariable(variable.Name, variable.Value)),
                .. InstanceEnvironment.OfProcess(container, cellAddress),
            ],
        };
    }

    /// <summary>The command that the work is about: in a sequence the last, among parallel ones the first. Null if there is none.</summary>
    public static RunAction? MainOf(LrpAction? action) =>
        action switch
        {
            null => null,
            { RunAction: { } run } => run,
            { TimeoutAction: { } inner } => MainOf(inner.Action),
            { EmitProgressAction: { } inner } => MainOf(inner.Action),
            { TryAction: { } inner } => MainOf(inner.Action),
            { SerialAction: { } steps } => steps.Actions.Reverse().Select(MainOf).FirstOrDefault(found => found is not null),
            { ParallelAction: { } members } => members.Actions.Select(MainOf).FirstOrDefault(found => found is not null),
            { CodependentAction: { } members } => members.Actions.Select(MainOf).FirstOrDefault(found => found is not null),
            _ => null,
        };
}
