using Scheduler.Client.Output;
using Scheduler.Client.Rollouts;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Access;

/// <summary>A running container, found by the name that people use.</summary>
/// <param name="Name"><c>web/0</c>, or the guid of a task.</param>
internal sealed record InstanceTarget(string Name, string ContainerGuid, string CellId)
{
    /// <exception cref="DomainException">There is no such instance or task, or it does not run; says which there are.</exception>
    public static async Task<InstanceTarget> FindAsync(ClientSession session, InstanceName name, CancellationToken cancellationToken)
    {
        var (rows, _) = await session.ActualLrpsAsync(new ListActualLRPsRequest { ProcessGuid = name.Guid }, cancellationToken);
        // The instances of an app that was rolled out belong to another LRP.
        if (!rows.Any(row => IsRunning(row) && (name.Index is null || name.Index == row.ActualLrpKey.Index)))
            rows = await App.FindAsync(session, name.Guid, cancellationToken) is { Versions: not null } app
                ? await app.RowsAsync(session, cancellationToken)
                : rows;
        if (rows.Count > 0)
            return OfRows(name, rows);
        var tasks = await session.TasksAsync(new ListTasksRequest(), cancellationToken);
        if (tasks.FirstOrDefault(task => task.TaskGuid == name.Guid) is { } task)
            return OfTask(name, task);
        var lrps = await session.DesiredLrpsAsync(new ListDesiredLRPsRequest(), cancellationToken);
        if (lrps.Any(lrp => lrp.ProcessGuid == name.Guid))
            throw Refused(ErrorKind.ResourceNotFound, $"{name.Guid} has no instances: it is scaled to 0");
        throw Missing.Error(
            "LRP or task",
            name.Guid,
            lrps.Select(lrp => lrp.ProcessGuid).Concat(tasks.Select(candidate => candidate.TaskGuid))
        );
    }

    /// <summary>All running instances and tasks, or those of one process or one task.</summary>
    public static async Task<IReadOnlyList<InstanceTarget>> ListAsync(
        ClientSession session,
        InstanceName? name,
        CancellationToken cancellationToken
    )
    {
        var rows = await RowsAsync(session, name, cancellationToken);
        var tasks = await session.TasksAsync(new ListTasksRequest(), cancellationToken);
        return
        [
            .. rows.Where(IsRunning).Select(Of),
            .. tasks
                .Where(task => IsRunning(task) && (name is null || (name.Index is null && name.Guid == task.TaskGuid)))
                .Select(task => new InstanceTarget(task.TaskGuid, task.TaskGuid, task.CellId)),
        ];
    }

    /// <summary>The error for an instance, or any instance of an LRP, that is not there.</summary>
    public static async Task<DomainException> NotFoundAsync(ClientSession session, InstanceName name, CancellationToken cancellationToken)
    {
        if (await App.FindAsync(session, name.Guid, cancellationToken) is not { } app)
            return await Missing.LrpAsync(session, name.Guid, cancellationToken);
        return app.Current.Instances == 0
            ? Refused(ErrorKind.ResourceNotFound, $"{name.Guid} has no instances: it is scaled to 0")
            : Refused(ErrorKind.ResourceNotFound, $"there is no instance {name}; {name.Guid} has {app.Current.Instances}");
    }

    /// <summary>The name with the LRP of the app's current version; names of other things as they are.</summary>
    public static async Task<InstanceName> CurrentAsync(ClientSession session, InstanceName name, CancellationToken cancellationToken) =>
        await App.FindAsync(session, name.Guid, cancellationToken) is { } app ? name with { Guid = app.Current.ProcessGuid } : name;

    /// <summary>The rows of a process, whichever LRP its instances belong to; or of all processes.</summary>
    public static async Task<List<ActualLRP>> RowsAsync(ClientSession session, InstanceName? name, CancellationToken cancellationToken)
    {
        var rows =
            name is not null && await App.FindAsync(session, name.Guid, cancellationToken) is { Versions: not null } app
                ? await app.RowsAsync(session, cancellationToken)
                : (await session.ActualLrpsAsync(new ListActualLRPsRequest { ProcessGuid = name?.Guid ?? "" }, cancellationToken)).Rows;
        return name?.Index is { } index ? [.. rows.Where(row => row.ActualLrpKey.Index == index)] : rows;
    }

    private static InstanceTarget OfRows(InstanceName name, List<ActualLRP> rows)
    {
        var indexes = rows.Select(row => row.ActualLrpKey.Index).Distinct().Order().ToList();
        if (name.Index is null && indexes.Count > 1)
            throw DomainError
                .Invalid("NAME/INDEX", $"must name one of the {indexes.Count} instances of {name.Guid}, such as {name.Guid}/{indexes[0]}")
                .ToException();
        var index = name.Index ?? indexes[0];
        // While an instance moves, there are two of it.
        var here = rows.Where(row => row.ActualLrpKey.Index == index).ToList();
        if (here.Count == 0)
            throw Refused(ErrorKind.ResourceNotFound, $"{name.Guid} has no instance {index}; it has {Listed(indexes)}");
        if (here.FirstOrDefault(IsRunning) is { } running)
            return Of(running);
        var remark = Texts.Remark(here[0]);
        throw Refused(
            ErrorKind.InvalidStateTransition,
            $"{name.Guid}/{index} does not run: it is {here[0].State}{(remark.Length > 0 ? $" ({remark})" : "")}"
        );
    }

    private static InstanceTarget OfTask(InstanceName name, OneOffTask task)
    {
        if (name.Index is { } index)
            throw Refused(ErrorKind.ResourceNotFound, $"{name.Guid} is a task, which has no instance {index}");
        return IsRunning(task)
            ? new InstanceTarget(task.TaskGuid, task.TaskGuid, task.CellId)
            : throw Refused(ErrorKind.InvalidStateTransition, $"task {task.TaskGuid} does not run: it is {task.State}{Texts.Cell(task)}");
    }

    private static InstanceTarget Of(ActualLRP row) =>
        new(
            $"{row.ActualLrpKey.ProcessGuid}/{row.ActualLrpKey.Index}",
            row.ActualLrpInstanceKey.InstanceGuid,
            row.ActualLrpInstanceKey.CellId
        );

    /// <summary>A claimed instance has a container too, as soon as its cell has made it: the cell knows whether it has.</summary>
    private static bool IsRunning(ActualLRP row) =>
        row.State is ActualLrpStateNames.Running or ActualLrpStateNames.Claimed && !string.IsNullOrEmpty(row.ActualLrpInstanceKey?.CellId);

    private static bool IsRunning(OneOffTask task) => task.State == OneOffTask.Types.State.Running && Texts.IsOnCell(task);

    private static string Listed(List<int> indexes) =>
        indexes.Count == 1 ? $"only {indexes[0]}"
        : indexes[^1] - indexes[0] == indexes.Count - 1 ? $"{indexes[0]} to {indexes[^1]}"
        : string.Join(", ", indexes.Take(20)) + (indexes.Count > 20 ? ", …" : "");

    private static DomainException Refused(ErrorKind kind, string message) => new DomainError(kind, message).ToException();
}
