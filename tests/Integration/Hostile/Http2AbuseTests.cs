using System.Globalization;
using Grpc.Core;
using Scheduler.Contracts.V1;
using Scheduler.Hosting;
using Scheduler.Hosting.Channels;
using Scheduler.Models;
using Scheduler.Simulation.Store;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Hostile;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Hostile;

/// <summary>Abuse of HTTP/2 against a listener: it closes abusive connections and keeps serving all others.</summary>
public sealed class Http2AbuseTests : IAsyncLifetime
{
    private const string List = "/scheduler.v1.DomainService/List";

    private BbsHost _bbs = null!;

    public async ValueTask InitializeAsync() => await StartAsync(new ListenerLimits());

    public async ValueTask DisposeAsync() => await _bbs.DisposeAsync();

    [Fact]
    public async Task Calls_that_are_reset_as_soon_as_they_are_made()
    {
        await using var connection = await RawHttp2.GreetAsync(_bbs.Url);
        var headers = RawHttp2.CallHeaders(List);
        for (var call = 0; call < 50_000; call++)
        {
            var stream = (2 * call) + 1;
            byte[] frames =
            [
                .. RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndHeaders, stream, headers),
                .. RawHttp2.Frame(RawHttp2.ResetStream, 0, stream, [0, 0, 0, 8]),
            ];
            if (!await connection.WriteAsync(frames))
                break;
        }

        await AnswersAsync();
    }

    [Fact]
    public async Task Headers_that_go_on_and_on()
    {
        await using var connection = await RawHttp2.GreetAsync(_bbs.Url);
        Assert.True(await connection.WriteAsync(RawHttp2.Frame(RawHttp2.Headers, 0, 1, RawHttp2.CallHeaders(List))));
        byte[] more = [.. Enumerable.Repeat(RawHttp2.Header("x-more", new string('x', 100)), 100).SelectMany(header => header)];
        var frame = RawHttp2.Frame(RawHttp2.Continuation, 0, 1, more);
        // 100 MB, of which the server accepts only as much as its limit allows.
        for (var i = 0; i < 10_000 && await connection.WriteAsync(frame); i++) { }

        await connection.EndedAsync(Wait.Patience);
        await AnswersAsync();
    }

    [Fact]
    public async Task Headers_that_are_empty_and_never_end()
    {
        await using var connection = await RawHttp2.GreetAsync(_bbs.Url);
        Assert.True(await connection.WriteAsync(RawHttp2.Frame(RawHttp2.Headers, 0, 1, [])));
        var frames = Enumerable.Repeat(RawHttp2.Frame(RawHttp2.Continuation, 0, 1, []), 1_000).SelectMany(frame => frame).ToArray();
        for (var i = 0; i < 100 && await connection.WriteAsync(frames); i++) { }

        await AnswersAsync();
    }

    [Fact]
    public async Task Headers_larger_than_any_call_needs()
    {
        var domains = new DomainService.DomainServiceClient(_bbs.Invoker);
        var refused = await Assert.ThrowsAsync<DomainException>(async () =>
            await domains.ListAsync(new ListDomainsRequest(), new Metadata { { "x-large", new string('x', 64 * 1024) } })
        );
        Assert.NotEqual(ErrorKind.Timeout, refused.Kind);
        await domains.ListAsync(new ListDomainsRequest(), new Metadata { { "x-usual", new string('x', 8 * 1024) } });
        await AnswersAsync();
    }

    [Fact]
    public async Task Headers_that_stop_half_way_and_a_caller_who_never_says_anything()
    {
        await _bbs.DisposeAsync();
        await StartAsync(new ListenerLimits { HeaderTimeout = TimeSpan.FromSeconds(1), IdleTimeout = TimeSpan.FromSeconds(1) });
        await using var slow = await RawHttp2.GreetAsync(_bbs.Url);
        Assert.True(await slow.WriteAsync(RawHttp2.Frame(RawHttp2.Headers, 0, 1, RawHttp2.CallHeaders(List))));
        await using var silent = await RawHttp2.ConnectAsync(_bbs.Url);
        await using var polite = await RawHttp2.GreetAsync(_bbs.Url);
        await slow.EndedAsync(Wait.Patience);
        await silent.EndedAsync(Wait.Patience);
        await polite.EndedAsync(Wait.Patience);
        await AnswersAsync();
    }

    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public async Task Pings_and_settings_whose_answers_nobody_reads()
    {
        foreach (var frame in (byte[][])[RawHttp2.Frame(RawHttp2.Ping, 0, 0, new byte[8]), RawHttp2.Frame(RawHttp2.Settings, 0, 0, [])])
        {
            await using var connection = await RawHttp2.ConnectAsync(_bbs.Url);
            var frames = Enumerable.Repeat(frame, 1_000).SelectMany(bytes => bytes).ToArray();
            byte[] greeting = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. RawHttp2.Frame(RawHttp2.Settings, 0, 0, [])];
            Assert.True(await connection.WriteAsync(greeting));
            // The server stops reading while its own answers are not read, so writing ends either way.
            using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(3));
            try
            {
                for (var i = 0; i < 2_000 && await connection.WriteAsync(frames, enough.Token); i++) { }
            }
            catch (OperationCanceledException) { }

            await AnswersAsync();
        }
    }

    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public async Task Ten_thousand_connections_that_do_nothing()
    {
        var count = Math.Min(10_000, (OpenFilesLimit() - 2_000) / 2);
        var idle = new List<RawHttp2>(count);
        try
        {
            while (idle.Count < count)
                idle.AddRange(
                    await Task.WhenAll(Enumerable.Range(0, Math.Min(500, count - idle.Count)).Select(_ => RawHttp2.ConnectAsync(_bbs.Url)))
                );
            await AnswersAsync();
        }
        finally
        {
            foreach (var connection in idle)
                await connection.DisposeAsync();
        }

        await AnswersAsync();
    }

    [Fact]
    public async Task Connections_beyond_the_bound_are_closed_and_make_room_again()
    {
        await _bbs.DisposeAsync();
        await StartAsync(new ListenerLimits { MaxConnections = 20 });
        var held = new List<RawHttp2>();
        for (var i = 0; i < 30; i++)
            held.Add(await RawHttp2.GreetAsync(_bbs.Url));
        // The test's client holds one connection, so 11 of these exceed the limit of 20.
        await Wait.UntilAsync(() => held.Count(connection => connection.HasEnded) >= 11);
        Assert.Contains(held, connection => !connection.HasEnded);
        await AnswersAsync();
        foreach (var connection in held)
            await connection.DisposeAsync();
        await Wait.UntilAsync(async () =>
        {
            using var another = new ChannelFactory(null, new ChannelOptions());
            try
            {
                await new DomainService.DomainServiceClient(another.Invoker(_bbs.Url)).ListAsync(new ListDomainsRequest());
                return true;
            }
            catch (DomainException)
            {
                return false;
            }
        });
    }

    private async Task StartAsync(ListenerLimits limits)
    {
        _bbs = await BbsHost.StartAsync(new InMemoryBbsStore(TimeProvider.System), "node-1", limits: limits);
        await Wait.UntilAsync(async () =>
        {
            try
            {
                await _bbs.Domains.ListAsync(new ListDomainsRequest());
                return true;
            }
            catch (DomainException)
            {
                return false;
            }
        });
    }

    /// <summary>Calls on the existing connection.</summary>
    private async Task AnswersAsync()
    {
        await _bbs.Domains.UpsertAsync(new UpsertDomainRequest { Domain = "apps", TtlSeconds = 60 });
        Assert.Single((await _bbs.Domains.ListAsync(new ListDomainsRequest())).Domains);
    }

    private static int OpenFilesLimit()
    {
        var line = File.ReadLines("/proc/self/limits").Single(text => text.StartsWith("Max open files", StringComparison.Ordinal));
        var soft = line["Max open files".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        return soft == "unlimited" ? int.MaxValue : (int)Math.Min(int.MaxValue, long.Parse(soft, CultureInfo.InvariantCulture));
    }
}
