using Grpc.Core;
using Scheduler.Client.Output;
using Scheduler.Client.Watch;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Channels;
using Scheduler.Hosting.Tls;
using Scheduler.Models;

namespace Scheduler.Client;

/// <summary>The connections of one command. Calls throw <see cref="DomainException"/>.</summary>
internal sealed class ClientSession : IDisposable
{
    private readonly ChannelFactory _channels;
    private readonly TimeSpan _timeout;

    public ClientSession(IReadOnlyList<string> urls, TlsOptions tls, ChannelOptions options, TimeSpan timeout, TimeProvider time)
    {
        (_timeout, Time) = (timeout, time);
        _channels = new ChannelFactory(TlsIdentity.Load(tls), options);
        var invoker = new BbsConnection(_channels, urls, options, time).Invoker;
        DesiredLrps = new DesiredLRPService.DesiredLRPServiceClient(invoker);
        ActualLrps = new ActualLRPService.ActualLRPServiceClient(invoker);
        Tasks = new TaskService.TaskServiceClient(invoker);
        Domains = new DomainService.DomainServiceClient(invoker);
        Cells = new CellService.CellServiceClient(invoker);
        Events = new EventService.EventServiceClient(invoker);
        Watch = new LrpWatch(invoker, time);
        TaskWatch = new TaskWatch(invoker, time);
        Bbs = invoker;
        Locks = new LockService.LockServiceClient(invoker);
    }

    public TimeProvider Time { get; }

    public CallInvoker Bbs { get; }

    public DesiredLRPService.DesiredLRPServiceClient DesiredLrps { get; }

    public ActualLRPService.ActualLRPServiceClient ActualLrps { get; }

    public TaskService.TaskServiceClient Tasks { get; }

    public DomainService.DomainServiceClient Domains { get; }

    public CellService.CellServiceClient Cells { get; }

    public EventService.EventServiceClient Events { get; }

    public LockService.LockServiceClient Locks { get; }

    public LrpWatch Watch { get; }

    public TaskWatch TaskWatch { get; }

    /// <summary>For a call that returns promptly.</summary>
    public CallOptions Call(CancellationToken cancellationToken) =>
        new(deadline: (Time.GetUtcNow() + _timeout).UtcDateTime, cancellationToken: cancellationToken);

    /// <summary>For a call without a deadline.</summary>
    public static CallOptions Endless(CancellationToken cancellationToken) => new(cancellationToken: cancellationToken);

    /// <summary>The cell's own service.</summary>
    /// <exception cref="DomainException">The cell does not exist.</exception>
    public async Task<RepService.RepServiceClient> RepAsync(string cellId, CancellationToken cancellationToken) =>
        new(_channels.Invoker((await CellAsync(cellId, cancellationToken)).RepUrl));

    /// <summary>The cell's service for reaching into its containers.</summary>
    /// <exception cref="DomainException">The cell does not exist.</exception>
    public async Task<InstanceAccess.InstanceAccessClient> AccessAsync(string cellId, CancellationToken cancellationToken) =>
        new(_channels.Invoker((await CellAsync(cellId, cancellationToken)).RepUrl));

    public InstanceAccess.InstanceAccessClient Access(CellPresence cell) => new(_channels.Invoker(cell.RepUrl));

    /// <summary>The service of a cell that was listed.</summary>
    public RepService.RepServiceClient Rep(CellPresence cell) => new(_channels.Invoker(cell.RepUrl));

    /// <summary>The images on the disk of a cell that was listed.</summary>
    public CellImageService.CellImageServiceClient Images(CellPresence cell) => new(_channels.Invoker(cell.RepUrl));

    /// <summary>The currently active auctioneer.</summary>
    /// <exception cref="DomainException">No auctioneer is active.</exception>
    public async Task<AuctionService.AuctionServiceClient> AuctionAsync(CancellationToken cancellationToken)
    {
        var locks = (await Locks.ListAsync(new ListLocksRequest(), Call(cancellationToken))).Locks;
        var url =
            locks.FirstOrDefault(entry => entry.Key == LockKeys.Auctioneer)?.Value
            ?? throw new DomainError(
                ErrorKind.Unavailable,
                "no auctioneer holds the lock: none is running, or a standby is taking over"
            ).ToException();
        return new AuctionService.AuctionServiceClient(_channels.Invoker(url));
    }

    /// <exception cref="DomainException">The cell does not exist.</exception>
    public async Task<CellPresence> CellAsync(string cellId, CancellationToken cancellationToken)
    {
        var listed = await Cells.ListAsync(new ListCellsRequest(), Call(cancellationToken));
        var cells = listed.Cells;
        if (listed.Absent.FirstOrDefault(cell => cell.CellId == cellId) is { } absent)
        {
            throw new DomainError(
                ErrorKind.ResourceNotFound,
                $"cell \"{cellId}\" is absent: {LossTexts.Standing(absent)} for {Texts.Age(absent.Since, Time.GetUtcNow())}"
            ).ToException();
        }
        return cells.FirstOrDefault(cell => cell.CellId == cellId)
            ?? throw Missing.Error("cell", cellId, cells.Select(cell => cell.CellId));
    }

    public async Task<(List<ActualLRP> Rows, ulong Revision)> ActualLrpsAsync(
        ListActualLRPsRequest request,
        CancellationToken cancellationToken
    )
    {
        var rows = new List<ActualLRP>();
        var revision = 0ul;
        using var call = ActualLrps.List(request, Call(cancellationToken));
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            rows.AddRange(call.ResponseStream.Current.ActualLrps);
            revision = call.ResponseStream.Current.Revision;
        }

        rows.Sort(
            static (a, b) =>
                (a.ActualLrpKey.ProcessGuid, a.ActualLrpKey.Index, a.Presence).CompareTo(
                    (b.ActualLrpKey.ProcessGuid, b.ActualLrpKey.Index, b.Presence)
                )
        );
        return (rows, revision);
    }

    public async Task<List<DesiredLRP>> DesiredLrpsAsync(ListDesiredLRPsRequest request, CancellationToken cancellationToken)
    {
        var lrps = new List<DesiredLRP>();
        using var call = DesiredLrps.List(request, Call(cancellationToken));
        while (await call.ResponseStream.MoveNext(cancellationToken))
            lrps.AddRange(call.ResponseStream.Current.DesiredLrps);
        lrps.Sort(static (a, b) => string.CompareOrdinal(a.ProcessGuid, b.ProcessGuid));
        return lrps;
    }

    public async Task<List<OneOffTask>> TasksAsync(ListTasksRequest request, CancellationToken cancellationToken)
    {
        var tasks = new List<OneOffTask>();
        using var call = Tasks.List(request, Call(cancellationToken));
        while (await call.ResponseStream.MoveNext(cancellationToken))
            tasks.AddRange(call.ResponseStream.Current.Tasks);
        tasks.Sort(static (a, b) => string.CompareOrdinal(a.TaskGuid, b.TaskGuid));
        return tasks;
    }

    public void Dispose() => _channels.Dispose();
}
