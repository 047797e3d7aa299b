using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Scheduler.Contracts.V1;
using Scheduler.Hosting;
using Scheduler.Hosting.Ops;
using Scheduler.Messaging;
using Scheduler.Models;
using Scheduler.RouteEmitter;
using Scheduler.Simulation.Store;
using Scheduler.Tests.ProgramKit;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.RouteEmitter;

/// <summary>From a desired LRP in a real BBS to a registration at a real NATS server.</summary>
public sealed class RouteEmitterBbsTests : IAsyncLifetime
{
    private BbsHost _bbs = null!;
    private NatsServer _nats = null!;

    public async ValueTask InitializeAsync()
    {
        _nats = await NatsServer.StartNewAsync();
        _bbs = await BbsHost.StartAsync(new InMemoryBbsStore(TimeProvider.System), "node-1");
        await Wait.UntilAsync(async () => (await CommandRun.Of("cell", "list", "--bbs", _bbs.Url)).ExitCode == 0);
    }

    public async ValueTask DisposeAsync()
    {
        await _bbs.DisposeAsync();
        await _nats.DisposeAsync();
    }

    [Fact]
    public async Task A_started_instance_is_registered_and_a_removed_one_withdrawn()
    {
        await using var router = await ForeignRouter.ConnectAsync(_nats, answersWithInterval: 60);
        await using var emitter = await EmitAsync("run-1");
        await Wait.UntilAsync(() => IsHolding("run-1"));
        await Wait.UntilAsync(() => Task.FromResult(emitter.Services.GetRequiredService<Readiness>().IsReady));

        await RunWebAsync();
        var registered = await router.ExpectJsonAsync("router.register");
        Assert.Equal(("web.example.com", "10.0.0.1", 61001), Address(registered));
        Assert.Equal(
            ("web-0", "0", "z1"),
            (
                registered.GetProperty("private_instance_id").GetString(),
                registered.GetProperty("private_instance_index").GetString(),
                registered.GetProperty("availability_zone").GetString()
            )
        );

        await _bbs.CellLrps.CrashAsync(
            new CrashActualLRPRequest
            {
                ActualLrpKey = A.Key("web"),
                ActualLrpInstanceKey = A.Instance("web-0"),
                ErrorMessage = "gone",
            }
        );
        Assert.Equal(("web.example.com", "10.0.0.1", 61001), Address(await router.ExpectJsonAsync("router.unregister")));
    }

    [Fact]
    public async Task A_second_emitter_stands_by_and_takes_over()
    {
        await using var router = await ForeignRouter.ConnectAsync(_nats, answersWithInterval: 60);
        await RunWebAsync();
        var first = await EmitAsync("run-1");
        await Wait.UntilAsync(() => IsHolding("run-1"));
        await router.ExpectAsync("router.register");

        await using var second = await EmitAsync("run-2");
        // It releases the lock when it stops, so the other does not have to wait for the lease to expire.
        await first.StopAsync(CancellationToken.None);
        await first.DisposeAsync();
        await Wait.UntilAsync(() => IsHolding("run-2"));
        Assert.Equal(("web.example.com", "10.0.0.1", 61001), Address(await router.ExpectJsonAsync("router.register")));
    }

    private static (string?, string?, int) Address(System.Text.Json.JsonElement message) =>
        (message.GetProperty("uris")[0].GetString(), message.GetProperty("host").GetString(), message.GetProperty("port").GetInt32());

    private async Task<bool> IsHolding(string owner) =>
        (await _bbs.Locks.ListAsync(new ListLocksRequest())).Locks.Any(held => held.Key == LockKeys.RouteEmitter && held.Owner == owner);

    private async Task RunWebAsync()
    {
        var lrp = A.DesiredLrp("web");
        lrp.Routes = new ProtoRoutes
        {
            Routes = { ["cf-router"] = ByteString.CopyFromUtf8("""[{"hostnames":["web.example.com"],"port":8080}]""") },
        };
        await _bbs.DesiredLrps.DesireAsync(new DesireLRPRequest { DesiredLrp = lrp });
        await _bbs.CellLrps.ClaimAsync(A.Claim("web", 0, A.Instance("web-0")));
        await _bbs.CellLrps.StartAsync(A.Start("web", 0, A.Instance("web-0")));
    }

    private async Task<ComponentHost> EmitAsync(string owner)
    {
        var options = new RouteEmitterOptions { Nats = new NatsOptions { Servers = [_nats.Url] } };
        var host = ComponentHost.Build(
            new ComponentOptions { Name = "route-emitter", LogLevel = LogLevel.Error },
            services => services.AddRouteEmitter(options, [_bbs.Url], owner)
        );
        await host.StartAsync(CancellationToken.None);
        return host;
    }
}
