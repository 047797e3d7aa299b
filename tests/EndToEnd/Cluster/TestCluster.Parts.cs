using Scheduler.Contracts.V1;
using Scheduler.Hosting.Roles;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>
/// The components by name: <c>bbs-0</c>, <c>bbs-1</c>, <c>auctioneer</c>, <c>converger</c>, <c>route-emitter</c>, and the cells by id.
/// </summary>
internal sealed partial class TestCluster
{
    // A paused component never answers.
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(20);

    public static readonly IReadOnlyList<string> ControlPlane = ["bbs-0", "bbs-1", "auctioneer", "converger", "route-emitter"];

    private IEnumerable<string> AllParts => ControlPlane.Concat(_cells.Select(cell => cell.Id));

    /// <summary>Starts or restarts a component.</summary>
    public SchedulerProcess Start(string part) =>
        part switch
        {
            "bbs-0" or "bbs-1" => StartOnGateway(
                part,
                PeerRoles.Bbs,
                "bbs",
                "--listen",
                new Uri(BbsUrls[part[^1] - '0']).Authority,
                "--store",
                $"mysql:{Database.ConnectionString}",
                "--lock-ttl",
                Text(Times.Ttl)
            ),
            "auctioneer" => StartOnGateway(
                part,
                PeerRoles.Auctioneer,
                part,
                "--listen",
                $"{_network.Gateway}:9016",
                "--lock-ttl",
                Text(Times.LockTtl)
            ),
            "converger" => StartOnGateway(
                part,
                PeerRoles.Converger,
                part,
                "--lock-ttl",
                Text(Times.LockTtl),
                "--stale-unclaimed",
                Text(Times.StartAgain),
                "--pending-task-retry",
                Text(Times.StartAgain)
            ),
            "route-emitter" => StartOnGateway(
                part,
                PeerRoles.RouteEmitter,
                part,
                "--nats",
                Nats.Url.ToString(),
                "--lock-ttl",
                Text(Times.LockTtl)
            ),
            _ => StartCell(_cells.Single(cell => cell.Id == part)),
        };

    /// <summary>Which of the two BBSs is active.</summary>
    public async Task<int> ActiveBbsAsync()
    {
        var active = -1;
        await Eventually.TrueAsync(
            async () =>
            {
                active =
                    await IsActiveAsync(0) ? 0
                    : await IsActiveAsync(1) ? 1
                    : -1;
                return active >= 0;
            },
            "a BBS is active"
        );
        return active;
    }

    /// <summary>Whether that BBS answers as the active one; false if it does not answer.</summary>
    public async Task<bool> IsActiveAsync(int number)
    {
        try
        {
            await new CellService.CellServiceClient(_channels.Invoker(BbsUrls[number])).ListAsync(
                new ListCellsRequest(),
                deadline: DateTime.UtcNow + AnswerPatience
            );
            return true;
        }
        catch (DomainException)
        {
            return false;
        }
    }

    /// <summary>The holder of the lock of the auctioneer, the converger or the route emitter; null if the lock is free.</summary>
    public async Task<string?> LockOwnerAsync(string part)
    {
        try
        {
            var locks = await new LockService.LockServiceClient(Bbs).ListAsync(
                new ListLocksRequest(),
                deadline: DateTime.UtcNow + Wait.Patience
            );
            return locks.Locks.SingleOrDefault(held => held.Key == part.Replace('-', '_'))?.Owner;
        }
        catch (DomainException failure) when (failure.Kind is ErrorKind.Unavailable or ErrorKind.NotActive)
        {
            return null;
        }
    }

    /// <summary>Undoes everything that a test did to components, servers and cables and did not undo itself.</summary>
    public async Task HealAsync()
    {
        foreach (var cell in _cells)
            await cell.Host.HealAsync();
        if (!Database.IsRunning)
            await Database.StartAsync();
        if (!Nats.IsRunning)
            await Nats.StartAsync();
        foreach (var part in AllParts)
        {
            if (Process(part).HasExited)
                Start(part);
            else
                await Process(part).ResumeAsync();
        }
    }

    private SchedulerProcess StartCell(TestCell cell) =>
        StartOn(cell.Host.Address, cell.Host.Namespace, cell.Id, PeerRoles.Rep, [.. RepArguments(cell)]);

    private IEnumerable<string> RepArguments(TestCell cell) =>
        [
            "rep",
            "--listen",
            $"{cell.Host.Address}:1801",
            "--cell-id",
            cell.Id,
            "--zone",
            cell.Zone,
            "--memory",
            "4096",
            "--disk",
            "8192",
            "--advertise-address",
            cell.Host.Address,
            "--state",
            cell.StateDirectory,
            "--presence-ttl",
            Text(Times.Ttl),
            .. _cellFlags,
        ];

    private SchedulerProcess StartOnGateway(string name, PeerRoles role, params string[] args) =>
        StartOn(_network.Gateway, null, name, role, args);

    private SchedulerProcess StartOn(string address, string? networkNamespace, string name, PeerRoles role, string[] args)
    {
        var tls = _authority.Issue(Path.Combine(Directory, "tls"), name, role, address);
        string[] common = ["--cert", tls.CertificateFile!, "--key", tls.KeyFile!, "--ca", tls.AuthorityFile!];
        string[] bbs = role == PeerRoles.Bbs ? [] : ["--bbs", string.Join(',', BbsUrls)];
        var process = SchedulerProcess.Start(name, Directory, networkNamespace, [.. args, .. common, .. bbs]);
        _processes.Add(process);
        return process;
    }

    private static string Text(TimeSpan duration) => $"{duration.TotalSeconds}s";
}
