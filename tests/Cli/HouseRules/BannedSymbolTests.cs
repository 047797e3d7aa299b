using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Scheduler.Tests.Cli.HouseRules;

/// <summary>
/// Time, chance and the order of events come from outside, so that the simulation can repeat a run. Nothing blocks a thread or fails unseen.
/// </summary>
public class BannedSymbolTests
{
    private static readonly Ban[] Bans =
    [
        new()
        {
            Name = "clock",
            Instead = "ask a TimeProvider",
            Members =
            [
                (typeof(DateTime), ["Now", "UtcNow", "Today"]),
                (typeof(DateTimeOffset), ["Now", "UtcNow"]),
                (typeof(Environment), ["TickCount", "TickCount64"]),
                (typeof(Stopwatch), [Ban.Constructor, "StartNew", "GetTimestamp", "GetElapsedTime"]),
            ],
            Exceptions = new Dictionary<string, string>
            {
                ["Simulation/ClusterRun"] = "tells how long a run took, in real time",
                ["Simulation/RunTally"] = "tells the speed of runs, in real time",
            },
        },
        new()
        {
            Name = "timer",
            Instead = "use the overload with a TimeProvider",
            Members =
            [
                (typeof(Task), ["Delay", "WaitAsync"]),
                (typeof(Task<>), ["WaitAsync"]),
                (typeof(CancellationTokenSource), [Ban.Constructor, "CancelAfter"]),
                (typeof(PeriodicTimer), [Ban.Constructor]),
                (typeof(Timer), [Ban.Constructor]),
            ],
            Except = method =>
                method.Parameters.Any(parameter => parameter.Type.Name == nameof(TimeProvider))
                || method.Parameters.All(parameter =>
                    parameter.Type.Name is not (nameof(TimeSpan) or nameof(Int32) or nameof(Int64) or nameof(UInt32))
                ),
            Exceptions = new Dictionary<string, string>
            {
                ["Cli/ClusterCommand"] = "tells the progress of a simulation, in real time",
                ["Rep/NetworkProbe"] = "limits a call over a real network; the simulation has a probe of its own",
                ["Rep/PauseProcess"] = "limits a process of the operating system",
                ["Rep/UserNamespace"] = "limits a process of the operating system",
            },
        },
        new()
        {
            Name = "chance",
            Instead = "take a seeded Random, and guids from a function",
            Members = [(typeof(Guid), ["NewGuid"]), (typeof(Random), [Ban.Constructor, "Shared"])],
            Except = method => method.ContainingType.Name == nameof(Random) && !method.Parameters.IsEmpty,
            In = IsSimulated,
            Exceptions = new Dictionary<string, string>
            {
                ["Bbs/BbsServices"] = "composes the part of a real process",
                ["Converger/ConvergerService"] = "for want of a seed, which the simulation gives",
                ["Hosting/CertificateAuthority"] = "names a draft of a file",
                ["Models/Jitter"] = "for want of a seed, which the simulation gives",
                ["Rep/RepServices"] = "composes the part of a real process",
                ["Rep/SandboxMaker"] = "names namespaces of a real machine",
                ["Rep/VolumeTemplate"] = "names a file of a real machine",
                ["RouteEmitter/RouteEmitterService"] = "for want of a seed, which the simulation gives",
                ["Router/RouterServices"] = "composes the part of a real process",
            },
        },
        new()
        {
            Name = "order",
            Instead = "use Waits, which stays on the caller's context",
            Members =
            [
                (typeof(Task), ["WhenAny", "Run"]),
                (typeof(CancellationTokenSource), ["CancelAsync"]),
                (typeof(ThreadPool), ["QueueUserWorkItem"]),
            ],
            In = IsSimulated,
            Exceptions = new Dictionary<string, string>
            {
                ["Auctioneer/BiddingTerm"] = "waits for async methods of its own, which end on their caller's context",
                ["Bbs/BbsNode"] = "waits for async methods of its own",
                ["Bbs/OutboundWork"] = "waits for async methods of its own",
                ["Bbs/SqlBbsStore"] = "writes to a real database beside its caller's work",
                ["Bbs/SqlSession"] = "closes the connection to a real server off its caller's path",
                ["Converger/ConvergerLoop"] = "waits for what Waits.EndAsync makes of each task",
                ["Hosting/Waits"] = "is what the others use",
                ["Messaging/NatsLink"] = "talks to a real server",
                ["Rep/BundleRuntime"] = "runs real containers",
                ["Rep/DockerRuntime"] = "runs real containers",
                ["Rep/LivenessLoop"] = "waits for async methods of its own",
                ["RouteEmitter/RouteEmitterService"] = "waits for async methods of its own",
            },
        },
        new()
        {
            Name = "blocking",
            Instead = "await it",
            Members =
            [
                (typeof(Task), ["Wait", "WaitAll", "WaitAny"]),
                (typeof(Task<>), ["Result"]),
                (typeof(ValueTask<>), ["Result"]),
                (typeof(TaskAwaiter), ["GetResult"]),
                (typeof(TaskAwaiter<>), ["GetResult"]),
                (typeof(ValueTaskAwaiter), ["GetResult"]),
                (typeof(ValueTaskAwaiter<>), ["GetResult"]),
                (typeof(SemaphoreSlim), ["Wait"]),
                (typeof(Thread), ["Sleep", "Join"]),
            ],
            Exceptions = new Dictionary<string, string>
            {
                ["Bbs/Calls"] = "reads a task that has ended",
                ["Bbs/SqlSession"] = "reads a task that has ended",
                ["Models/TaskEnds"] = "reads a task that has ended",
                ["Rep/InotifyHub"] = "ends its thread, which it has just woken",
                ["Simulation/CellMachine"] = "asks a runtime in memory, which answers at once",
                ["Simulation/DatabaseConnection"] = "reads a task that has ended",
            },
        },
    ];

    private static readonly Dictionary<string, string> MayBeAsyncVoid = new()
    {
        ["Simulation/MachineRuntime"] = "hands on how it ended, by a task that its caller awaits",
        ["Simulation/VirtualProcess"] = "hands on how it ended, and its starter is not to wait",
    };

    private static readonly Lazy<IReadOnlyList<MemberUse>> Uses = new(() =>
    {
        var members = Bans.SelectMany(ban => ban.MemberNames).ToHashSet(StringComparer.Ordinal);
        var types = Bans.SelectMany(ban => ban.ConstructedTypes).ToHashSet(StringComparer.Ordinal);
        return [.. SourceProject.Names.SelectMany(name => BannedUses.Of(SourceProject.Read(name), members, types))];
    });

    public static TheoryData<string> Rules => [.. Bans.Select(ban => ban.Name)];

    [Theory]
    [MemberData(nameof(Rules))]
    public void SourcesKeepTo(string rule)
    {
        var ban = Bans.Single(ban => ban.Name == rule);
        AssertNone([.. Uses.Value.Where(ban.Forbids)], ban.Exceptions, ban.Instead);
    }

    [Fact]
    public void NothingIsAsyncVoid() =>
        AssertNone(
            [.. SourceProject.Names.SelectMany(name => BannedUses.OfAsyncVoid(SourceProject.Read(name)))],
            MayBeAsyncVoid,
            "return the task"
        );

    /// <summary>All but the program that hosts the parts.</summary>
    private static bool IsSimulated(string project) => project is not ("Cli" or "Client" or "ThinClient");

    private static void AssertNone(IReadOnlyList<MemberUse> uses, IReadOnlyDictionary<string, string> exceptions, string instead)
    {
        var broken = uses.Where(use => !exceptions.ContainsKey(use.User)).ToList();
        Assert.True(broken.Count == 0, $"{instead}:\n{string.Join('\n', broken)}");
        var needless = exceptions.Keys.Except(uses.Select(use => use.User)).ToList();
        Assert.True(needless.Count == 0, $"exceptions that are not needed any more: {string.Join(", ", needless)}");
    }
}
