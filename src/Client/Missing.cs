using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client;

/// <summary>Errors about names of which there is nothing, with the name that may have been meant.</summary>
internal static class Missing
{
    /// <summary>Awaits a call about a task. If there is none, the error tells its name.</summary>
    public static async Task<T> TaskAsync<T>(ClientSession session, string name, Task<T> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call;
        }
        catch (DomainException missing) when (missing.Kind == ErrorKind.ResourceNotFound)
        {
            throw await TaskAsync(session, name, cancellationToken);
        }
    }

    public static async Task<DomainException> TaskAsync(ClientSession session, string name, CancellationToken cancellationToken) =>
        Error("task", name, await TaskNamesAsync(session, cancellationToken));

    public static async Task<DomainException> LrpAsync(ClientSession session, string name, CancellationToken cancellationToken) =>
        Error("LRP", name, await LrpNamesAsync(session, cancellationToken));

    /// <param name="failure">What the server said; the error, if there is an LRP or task of that name after all.</param>
    public static async Task<DomainException> WorkAsync(
        ClientSession session,
        string name,
        DomainException failure,
        CancellationToken cancellationToken
    )
    {
        var names = await LrpNamesAsync(session, cancellationToken);
        names.AddRange(await TaskNamesAsync(session, cancellationToken));
        return names.Contains(name) ? failure : Error("LRP or task", name, names);
    }

    /// <param name="kind">Such as <c>cell</c>.</param>
    public static DomainException Error(string kind, string name, IEnumerable<string> names) =>
        new DomainError(ErrorKind.ResourceNotFound, $"there is no {kind} \"{name}\"{Spelling.NameHint(name, names)}").ToException();

    // Without their definitions, which may be large.
    private static async Task<List<string>> LrpNamesAsync(ClientSession session, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        using var call = session.DesiredLrps.ListSchedulingInfos(new ListDesiredLRPsRequest(), session.Call(cancellationToken));
        while (await call.ResponseStream.MoveNext(cancellationToken))
            names.AddRange(call.ResponseStream.Current.DesiredLrpSchedulingInfos.Select(lrp => lrp.DesiredLrpKey.ProcessGuid));
        return names;
    }

    private static async Task<IEnumerable<string>> TaskNamesAsync(ClientSession session, CancellationToken cancellationToken) =>
        (await session.TasksAsync(new ListTasksRequest(), cancellationToken)).Select(task => task.TaskGuid);
}
