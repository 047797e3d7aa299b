using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Roles;
using Scheduler.Models;
using Scheduler.Simulation.Store;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Bbs;

/// <summary>What a certificate authorizes: not only which calls, but on whose behalf and for which data.</summary>
public sealed class IdentityTests : IAsyncLifetime
{
    private const string Secret = "hunter2";

    private readonly TestAuthority _authority = new();
    private BbsHost _bbs = null!;

    public async ValueTask InitializeAsync()
    {
        _bbs = await BbsHost.StartAsync(new InMemoryBbsStore(TimeProvider.System), "node-1", authority: _authority);
        await Wait.UntilAsync(async () =>
        {
            try
            {
                await new DomainService.DomainServiceClient(Client).ListAsync(new ListDomainsRequest());
                return true;
            }
            catch (DomainException)
            {
                return false;
            }
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _bbs.DisposeAsync();
        _authority.Dispose();
    }

    private CallInvoker Client => _bbs.InvokerAs("operator", PeerRoles.Client);

    private CallInvoker Cell(string id) => _bbs.InvokerAs(id, PeerRoles.Rep);

    [Theory]
    [InlineData("auctioneer", PeerRoles.Auctioneer)]
    [InlineData("converger", PeerRoles.Converger)]
    [InlineData("route_emitter", PeerRoles.RouteEmitter)]
    [InlineData("a-clients-own", PeerRoles.Client)]
    public async Task A_lock_is_for_its_part_only(string key, PeerRoles holder)
    {
        foreach (
            var role in (PeerRoles[])
                [PeerRoles.Auctioneer, PeerRoles.Converger, PeerRoles.RouteEmitter, PeerRoles.Client, PeerRoles.Rep, PeerRoles.Bbs]
        )
        {
            var locks = new LockService.LockServiceClient(_bbs.InvokerAs("cell-1", role));
            var acquire = new AcquireLockRequest
            {
                Lock = new LockEntry
                {
                    Key = key,
                    Owner = $"{role}",
                    Value = "http://elsewhere",
                },
                TtlMs = 60_000,
            };
            var release = new ReleaseLockRequest { Key = key, Owner = $"{role}" };
            if (role == holder)
            {
                await locks.AcquireAsync(acquire);
                await locks.ReleaseAsync(release);
                continue;
            }

            foreach (
                var call in (Func<Task>[])[async () => await locks.AcquireAsync(acquire), async () => await locks.ReleaseAsync(release)]
            )
            {
                var refused = await Assert.ThrowsAsync<DomainException>(call);
                Assert.Equal(ErrorKind.PermissionDenied, refused.Kind);
                Assert.Contains(
                    $"yours has [{string.Join(", ", CertificateRoles.Units(role))}]",
                    refused.Message,
                    StringComparison.Ordinal
                );
                if (role is not (PeerRoles.Rep or PeerRoles.Bbs))
                    Assert.Contains(
                        $"the lock \"{key}\" requires a client certificate whose organizational unit is one of [{CertificateRoles.Units(holder).Single()}]",
                        refused.Message,
                        StringComparison.Ordinal
                    );
            }
        }
    }

    [Fact]
    public async Task A_cell_calls_about_itself_only()
    {
        await new DesiredLRPService.DesiredLRPServiceClient(Client).DesireAsync(new DesireLRPRequest { DesiredLrp = A.DesiredLrp("web") });
        await new TaskService.TaskServiceClient(Client).DesireAsync(A.Task("job"));
        var invoker = Cell("cell-1");
        var lrps = new CellLRPService.CellLRPServiceClient(invoker);
        var tasks = new CellTaskService.CellTaskServiceClient(invoker);
        var presences = new PresenceService.PresenceServiceClient(invoker);
        foreach (var (whose, allowed) in ((string, bool)[])[("cell-2", false), ("cell-1", true)])
        {
            var instance = A.Instance("i-1", whose);
            var evacuate = new EvacuateActualLRPRequest { ActualLrpKey = A.Key("web"), ActualLrpInstanceKey = instance };
            Func<Task>[] calls =
            [
                async () =>
                    await presences.AnnounceAsync(
                        new AnnounceCellRequest
                        {
                            Presence = A.Cell(whose),
                            Owner = "run",
                            TtlMs = 15_000,
                        }
                    ),
                async () => await lrps.ClaimAsync(A.Claim("web", 0, instance)),
                async () => await lrps.StartAsync(A.Start("web", 0, instance)),
                async () => await lrps.EvacuateClaimedAsync(evacuate),
                async () =>
                    await lrps.EvacuateRunningAsync(
                        new EvacuateRunningActualLRPRequest
                        {
                            ActualLrpKey = A.Key("web"),
                            ActualLrpInstanceKey = instance,
                            ActualLrpNetInfo = A.NetInfo(),
                        }
                    ),
                async () => await lrps.EvacuateStoppedAsync(evacuate),
                async () =>
                    await lrps.EvacuateCrashedAsync(
                        new EvacuateCrashedActualLRPRequest
                        {
                            ActualLrpKey = A.Key("web"),
                            ActualLrpInstanceKey = instance,
                            ErrorMessage = "why",
                        }
                    ),
                async () => await lrps.RemoveEvacuatingAsync(evacuate),
                async () => await lrps.CrashAsync(A.Crash("web", 0, instance)),
                async () => await lrps.RemoveAsync(new RemoveActualLRPRequest { ProcessGuid = "web", ActualLrpInstanceKey = instance }),
                async () => await tasks.StartAsync(new StartTaskRequest { TaskGuid = "job", CellId = whose }),
                async () =>
                    await tasks.RejectAsync(
                        new RejectTaskRequest
                        {
                            TaskGuid = "job",
                            CellId = whose,
                            RejectionReason = "why",
                        }
                    ),
                async () => await tasks.CompleteAsync(new CompleteTaskRequest { TaskGuid = "job", CellId = whose }),
                async () => await presences.WithdrawAsync(new WithdrawCellRequest { CellId = whose, Owner = "run" }),
            ];
            Assert.Equal(
                PresenceService.Descriptor.Methods.Count
                    + CellLRPService.Descriptor.Methods.Count
                    + CellTaskService.Descriptor.Methods.Count,
                calls.Length
            );
            foreach (var call in calls)
            {
                var failure = await Record.ExceptionAsync(call) as DomainException;
                if (allowed)
                {
                    Assert.NotEqual(ErrorKind.PermissionDenied, failure?.Kind);
                    continue;
                }

                Assert.Equal(ErrorKind.PermissionDenied, failure!.Kind);
                Assert.Contains("names the cell \"cell-2\"", failure.Message, StringComparison.Ordinal);
                Assert.Contains("yours has [cell-1]", failure.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_removal_by_a_cell_has_to_say_whose_instance_it_is()
    {
        var refused = await Assert.ThrowsAsync<DomainException>(async () =>
            await new CellLRPService.CellLRPServiceClient(Cell("cell-1")).RemoveAsync(new RemoveActualLRPRequest { ProcessGuid = "web" })
        );
        Assert.Equal(ErrorKind.PermissionDenied, refused.Kind);
    }

    [Fact]
    public async Task What_a_client_keeps_to_itself_is_read_by_clients_and_by_the_cell_that_runs_it()
    {
        await new DesiredLRPService.DesiredLRPServiceClient(Client).DesireAsync(new DesireLRPRequest { DesiredLrp = SecretLrp() });
        await new TaskService.TaskServiceClient(Client).DesireAsync(SecretTask());
        await new CellLRPService.CellLRPServiceClient(Cell("cell-1")).ClaimAsync(A.Claim("web", 0, A.Instance("i-1", "cell-1")));
        await new CellTaskService.CellTaskServiceClient(Cell("cell-1")).StartAsync(
            new StartTaskRequest { TaskGuid = "job", CellId = "cell-1" }
        );
        await new DesiredLRPService.DesiredLRPServiceClient(Client).UpdateAsync(
            new UpdateDesiredLRPRequest
            {
                ProcessGuid = "web",
                Update = new DesiredLRPUpdate { Instances = 2 },
            }
        );

        // Sees everything, including changes.
        Assert.All(await ReadsAsync(Client), read => Assert.True(read.Value, $"{read.Key} as client"));
        var own = await ReadsAsync(Cell("cell-1"));
        Assert.All((string[])["lrp get", "lrp list", "task get", "task list"], read => Assert.True(own[read], $"{read} as the cell"));
        Assert.False(own["follow"]);
        foreach (
            var (name, role) in ((string, PeerRoles)[])
                [
                    ("cell-2", PeerRoles.Rep),
                    ("cell-1", PeerRoles.Auctioneer),
                    ("converger", PeerRoles.Converger),
                    ("route-emitter", PeerRoles.RouteEmitter),
                    ("bbs", PeerRoles.Bbs),
                ]
        )
            Assert.All(await ReadsAsync(_bbs.InvokerAs(name, role)), read => Assert.False(read.Value, $"{read.Key} as {role} {name}"));
    }

    /// <summary>For each call by name: whether its answer contains the secret.</summary>
    private static async Task<Dictionary<string, bool>> ReadsAsync(CallInvoker invoker)
    {
        var lrps = new DesiredLRPService.DesiredLRPServiceClient(invoker);
        var tasks = new TaskService.TaskServiceClient(invoker);
        var events = new EventService.EventServiceClient(invoker);
        return new Dictionary<string, bool>
        {
            ["lrp get"] = Holds((await lrps.GetAsync(new GetDesiredLRPRequest { ProcessGuid = "web" })).DesiredLrp),
            ["lrp list"] = await HoldsAsync(lrps.List(new ListDesiredLRPsRequest()), _ => false),
            ["task get"] = Holds((await tasks.GetAsync(new GetTaskRequest { TaskGuid = "job" })).Task),
            ["task list"] = await HoldsAsync(tasks.List(new ListTasksRequest()), _ => false),
            ["follow"] = await HoldsAsync(events.Follow(new FollowRequest { Snapshot = true }), last => last.SnapshotComplete is not null),
            // Changes after revision 0: an event stream does not end, so read up to the last expected event.
            ["resume"] = await HoldsAsync(
                events.Follow(new FollowRequest { AfterRevision = 0 }),
                last => last.DesiredLrpChanged is not null
            ),
        };
    }

    private static async Task<bool> HoldsAsync<T>(AsyncServerStreamingCall<T> call, Func<T, bool> isLast)
        where T : IMessage
    {
        using (call)
        {
            var holds = false;
            while (await call.ResponseStream.MoveNext(default))
            {
                holds |= Holds(call.ResponseStream.Current);
                if (isLast(call.ResponseStream.Current))
                    break;
            }

            return holds;
        }
    }

    private static bool Holds(IMessage message) => message.ToByteArray().AsSpan().IndexOf(Encoding.UTF8.GetBytes(Secret)) >= 0;

    private static DesiredLRP SecretLrp()
    {
        var lrp = A.DesiredLrp("web");
        lrp.EnvironmentVariables.Add(new EnvironmentVariable { Name = "PASSWORD", Value = Secret });
        lrp.ImageUsername = "user";
        lrp.ImagePassword = Secret;
        lrp.Action.RunAction.Args.Add(Secret);
        lrp.VolumeMountedFiles.Add(new MountedFile { Path = "/etc/key", Content = Secret });
        lrp.Sidecars.Add(
            new Sidecar
            {
                Action = new LrpAction
                {
                    RunAction = new RunAction
                    {
                        Path = "/bin/sh",
                        User = "vcap",
                        Args = { Secret },
                    },
                },
            }
        );
        return lrp;
    }

    private static DesireTaskRequest SecretTask()
    {
        var task = A.Task("job", callback: $"http://client/?token={Secret}");
        task.TaskDefinition.EnvironmentVariables.Add(new EnvironmentVariable { Name = "PASSWORD", Value = Secret });
        task.TaskDefinition.Action.RunAction.Args.Add(Secret);
        return task;
    }
}
