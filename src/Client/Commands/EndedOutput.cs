using System.Text.Json.Nodes;
using Grpc.Core;
using Scheduler.Client.Access;
using Scheduler.Client.Output;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary>What containers wrote that have ended: the cells keep it, and nobody else knows which cell had them.</summary>
internal static class EndedOutput
{
    /// <summary>Cells that are asked at the same time.</summary>
    private const int AtOnce = 32;

    /// <summary>Of each instance, or of the task, the container that ended last.</summary>
    /// <returns>With the names of cells that could not be asked.</returns>
    public static async Task<(IReadOnlyList<Ended> Found, IReadOnlyList<string> Silent)> FindAsync(
        ClientSession session,
        InstanceName name,
        uint tail,
        CancellationToken cancellationToken
    )
    {
        var cells = (await session.Cells.ListAsync(new ListCellsRequest(), session.Call(cancellationToken))).Cells;
        var request = new StreamEndedRequest { Guid = name.Guid, TailLines = tail };
        if (name.Index is { } index)
            request.Index = index;
        using var turns = new SemaphoreSlim(AtOnce);
        var silent = new List<string>();
        var answers = await Task.WhenAll(cells.Select(AskAsync));
        Ended[] latest =
        [
            .. answers
                .SelectMany(answer => answer)
                .GroupBy(ended => (ended.Container.IsTask, ended.Container.Index))
                .Select(same => same.MaxBy(ended => ended.Container.EndedAt)!)
                .OrderBy(ended => ended.Container.Index),
        ];
        return (latest, silent);

        async Task<IReadOnlyList<Ended>> AskAsync(CellPresence cell)
        {
            await turns.WaitAsync(cancellationToken);
            try
            {
                var found = new List<Ended>();
                using var call = session.Rep(cell).StreamEnded(request, session.Call(cancellationToken));
                while (await call.ResponseStream.MoveNext(cancellationToken))
                    found.Add(new Ended(call.ResponseStream.Current, cell.CellId));
                return found;
            }
            catch (Exception failure) when (failure is DomainException or RpcException && !cancellationToken.IsCancellationRequested)
            {
                lock (silent)
                    silent.Add(cell.CellId);
                return [];
            }
            finally
            {
                turns.Release();
            }
        }
    }

    /// <summary>Its lines, and then how it ended.</summary>
    public static void Print(Printer printer, Ended ended)
    {
        foreach (var line in ended.Container.Lines)
            LogsCommand.Print(printer, ended.Name, ended.CellId, line);
        if (printer.IsJson)
        {
            printer.Json(
                new JsonObject
                {
                    ["timestamp"] = ended.Container.EndedAt,
                    ["name"] = ended.Name,
                    ["cell_id"] = ended.CellId,
                    ["instance_guid"] = ended.Container.ContainerGuid,
                    ["stopped"] = ended.Container.Stopped,
                    ["reason"] = ended.Container.Reason,
                }
            );
            return;
        }

        var how = ended.Container switch
        {
            { Reason: { Length: > 0 } reason } => $": {reason}",
            { Stopped: true } => " because it was asked to",
            _ => " with exit status 0",
        };
        printer.Aside($"{ended.Name} ended on {ended.CellId} {printer.Age(ended.Container.EndedAt)} ago{how}");
    }

    internal sealed record Ended(EndedContainer Container, string CellId)
    {
        public string Name => Container.IsTask ? Container.Guid : $"{Container.Guid}/{Container.Index}";
    }
}
