using System.Net;
using System.Net.Sockets;
using Scheduler.Contracts.V1;
using Scheduler.Hosting;
using Scheduler.Hosting.Roles;
using Scheduler.Simulation.Store;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Bbs;

namespace Scheduler.Tests.Integration.Hostile;

/// <summary>TLS handshakes take turns, and nobody keeps another from a turn.</summary>
public sealed class HandshakeTests : IAsyncLifetime
{
    // The begin of a record whose 512 bytes never come.
    private static readonly byte[] Begun = [0x16, 3, 1, 2, 0];

    private readonly TestAuthority _authority = new();
    private BbsHost _bbs = null!;

    public async ValueTask InitializeAsync() =>
        _bbs = await BbsHost.StartAsync(
            new InMemoryBbsStore(TimeProvider.System),
            "node-1",
            authority: _authority,
            limits: new ListenerLimits { HandshakesAtOnce = 2 }
        );

    public async ValueTask DisposeAsync()
    {
        await _bbs.DisposeAsync();
        _authority.Dispose();
    }

    [Fact]
    public Task A_fleet_that_connects_at_once_is_served_one_after_the_other() =>
        Task.WhenAll(Enumerable.Range(0, 40).Select(number => AnsweredAsync($"client-{number}")));

    [Fact]
    public async Task Peers_that_say_nothing_or_stop_in_the_middle_hold_up_nobody_for_long()
    {
        var held = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 3; i++)
            {
                held.Add(await ConnectAsync([]));
                held.Add(await ConnectAsync(Begun));
            }

            await AnsweredAsync("client");
            Assert.All(held, peer => Assert.False(peer.Client.Poll(0, SelectMode.SelectRead), "a peer was not waited for"));
        }
        finally
        {
            held.ForEach(peer => peer.Dispose());
        }
    }

    /// <summary>All of them together would take 100 seconds.</summary>
    [Fact]
    public async Task Other_addresses_are_not_held_up_at_all()
    {
        var held = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 200; i++)
                held.Add(await ConnectAsync(Begun, from: "127.0.0.2"));
            await AnsweredAsync("client");
        }
        finally
        {
            held.ForEach(peer => peer.Dispose());
        }
    }

    [Fact]
    public async Task Peers_that_hang_up_leave_the_queue()
    {
        for (var i = 0; i < 200; i++)
            (await ConnectAsync(Begun)).Dispose();
        await AnsweredAsync("client");
    }

    private async Task AnsweredAsync(string name) =>
        await new DomainService.DomainServiceClient(_bbs.InvokerAs(name, PeerRoles.Client)).ListAsync(new ListDomainsRequest());

    private async Task<TcpClient> ConnectAsync(byte[] bytes, string from = "127.0.0.1")
    {
        var peer = new TcpClient(new IPEndPoint(IPAddress.Parse(from), 0));
        var url = new Uri(_bbs.Url);
        await peer.ConnectAsync(url.Host, url.Port);
        await peer.GetStream().WriteAsync(bytes);
        return peer;
    }
}
