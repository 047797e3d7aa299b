using System.Security.Cryptography;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep.Transfers.Cache;
using Scheduler.Rep.Transfers.Web;
using Scheduler.Tests.TestKit.Containers;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Unit.Rep.Transfers.Cache;

public sealed class DownloadCacheTests : IDisposable
{
    private static readonly byte[] Archive = new RawTar().Header("bin/tool", '0', 4, mode: 0b111_000_000).Data("tool").End();

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cache-");
    private readonly TransferOptions _options = new()
    {
        TransferRetry = TimeSpan.FromMilliseconds(1),
        TransferIdleTimeout = Wait.Patience,
        DeniedNetworks = [],
    };
    private readonly TransferSlots _slots = new(new TransferOptions { MaxConcurrentDownloads = 2 });
    private readonly ShiftedClock _clock = new();
    private CacheShelf _shelf = null!;

    private string Entries => Path.Combine(_folder.FullName, "downloads", "entries");

    private string Partial => Path.Combine(_folder.FullName, "downloads", "partial");

    public void Dispose()
    {
        _slots.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Concurrent_requests_for_a_key_share_one_download()
    {
        var rest = new TaskCompletionSource();
        await using var server = new ScriptedServer(_ => new ScriptedReply(200, "shared") { Before = rest.Task }.With("ETag", "1"));
        var cache = Open();

        // More than may download at the same time: those who wait take no turn.
        var all = Enumerable.Range(0, 10).Select(_ => cache.GetAsync(FileOf(server), default)).ToList();
        await Wait.UntilAsync(() => server.Requests.Count == 1);
        rest.SetResult();
        var held = await Task.WhenAll(all);

        Assert.Single(server.Requests);
        Assert.Single(held.Select(one => one.Content).Distinct());
        Assert.Equal("shared", await File.ReadAllTextAsync(held[0].Content));
    }

    [Fact]
    public async Task Concurrent_requests_share_the_failure_too()
    {
        var rest = new TaskCompletionSource();
        await using var server = new ScriptedServer(_ => new ScriptedReply(404, "sorry") { Before = rest.Task });
        var cache = Open();

        var all = Enumerable.Range(0, 5).Select(_ => cache.GetAsync(FileOf(server), default)).ToList();
        await Wait.UntilAsync(() => server.Requests.Count == 1);
        rest.SetResult();

        foreach (var one in all)
            Assert.Equal("the server answered with status 404", (await Assert.ThrowsAsync<TransferException>(() => one)).Message);
        Assert.Single(server.Requests);
        Assert.Empty(Directory.GetFileSystemEntries(Partial));
    }

    [Fact]
    public async Task When_the_first_is_cancelled_the_next_takes_over()
    {
        using var ending = new CancellationTokenSource();
        var rest = new TaskCompletionSource();
        ScriptedServer server = null!;
        server = new ScriptedServer(_ =>
            new ScriptedReply(200, "late") { Before = server.Requests.Count == 1 ? rest.Task : null }.With("ETag", "1")
        );
        await using var disposing = server;
        var cache = Open();
        var first = cache.GetAsync(FileOf(server), ending.Token);
        await Wait.UntilAsync(() => server.Requests.Count == 1);
        var second = cache.GetAsync(FileOf(server), default);
        ending.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal("late", await File.ReadAllTextAsync((await second).Content));
    }

    [Fact]
    public async Task What_has_not_changed_is_not_sent_again_and_what_has_replaces_it()
    {
        var version = "1";
        await using var server = new ScriptedServer(request =>
            request.Header("if-none-match") == version
                ? new ScriptedReply(304)
                : new ScriptedReply(200, $"v{version}").With("ETag", version)
        );
        var cache = Open();
        var first = await cache.GetAsync(FileOf(server), default);
        var again = await cache.GetAsync(FileOf(server), default);
        version = "2";
        var later = await cache.GetAsync(FileOf(server), default);

        Assert.Equal(first.Content, again.Content);
        Assert.Equal(3, server.Requests.Count);
        Assert.Equal(("v1", "v2"), (await File.ReadAllTextAsync(first.Content), await File.ReadAllTextAsync(later.Content)));
        first.Dispose();
        Assert.True(File.Exists(again.Content), "it is still in use");
        again.Dispose();
        Assert.False(File.Exists(again.Content));
        later.Dispose();
        Assert.True(File.Exists(later.Content));
    }

    [Fact]
    public async Task Another_server_cannot_confirm_what_one_has_sent()
    {
        await using var honest = new ScriptedServer(_ => new ScriptedReply(200, "of others").With("ETag", "1"));
        await using var liar = new ScriptedServer(_ => new ScriptedReply(304));
        var cache = Open();
        (await cache.GetAsync(FileOf(honest), default)).Dispose();

        await Assert.ThrowsAsync<TransferException>(() => cache.GetAsync(FileOf(liar), default));
        Assert.Null(liar.Requests.Single().Header("if-none-match"));
    }

    [Fact]
    public async Task A_server_that_confirms_what_has_another_checksum_is_not_asked_to()
    {
        await using var server = new ScriptedServer(request =>
            request.Header("if-none-match") is null ? new ScriptedReply(200, "hello").With("ETag", "1") : new ScriptedReply(304)
        );
        var cache = Open();
        (await cache.GetAsync(FileOf(server), default)).Dispose();

        using var held = await cache.GetAsync(FileOf(server, "md5", MD5.HashData("hello"u8)), default);
        var failure = await Assert.ThrowsAsync<TransferException>(() =>
            cache.GetAsync(FileOf(server, "sha256", SHA256.HashData("else"u8)), default)
        );

        Assert.True(failure.IsPermanent);
        Assert.Equal([null, null, null], server.Requests.Select(request => request.Header("if-none-match")));
    }

    [Fact]
    public async Task A_checksum_makes_the_cached_one_good_while_the_server_is_away()
    {
        var status = 200;
        await using var server = new ScriptedServer(_ => new ScriptedReply(status, "hello").With("ETag", "1"));
        var cache = Open();
        (await cache.GetAsync(FileOf(server, "sha256", SHA256.HashData("hello"u8)), default)).Dispose();
        status = 503;

        using var held = await cache.GetAsync(FileOf(server, "sha256", SHA256.HashData("hello"u8)), default);
        Assert.Equal("hello", await File.ReadAllTextAsync(held.Content));
        await Assert.ThrowsAsync<TransferException>(() => cache.GetAsync(FileOf(server), default));
    }

    [Theory]
    [InlineData("", "1")]
    [InlineData("key", null)]
    public async Task Without_a_key_or_validators_nothing_is_kept(string key, string? tag)
    {
        await using var server = new ScriptedServer(_ =>
            tag is null ? new ScriptedReply(200, "once") : new ScriptedReply(200, "once").With("ETag", tag)
        );
        var cache = Open();

        var held = await cache.GetAsync(FileOf(server) with { Key = key }, default);
        Assert.Equal("once", await File.ReadAllTextAsync(held.Content));
        held.Dispose();

        Assert.Empty(Directory.GetDirectories(Entries));
        Assert.Equal(0, _shelf.Used);
    }

    [Fact]
    public async Task The_least_recently_used_makes_room_and_what_is_in_use_does_not()
    {
        _options.DownloadCacheBytes = 3 << 20;
        await using var server = new ScriptedServer(request => new ScriptedReply(200, new byte[1 << 20]).With("ETag", request.Path));
        var cache = Open();
        var first = await cache.GetAsync(FileOf(server, key: "1"), default);
        (await cache.GetAsync(FileOf(server, key: "2"), default)).Dispose();
        using var third = await cache.GetAsync(FileOf(server, key: "3"), default);

        using var fourth = await cache.GetAsync(FileOf(server, key: "4"), default);
        Assert.Null(_shelf.Find("2"));
        Assert.True(File.Exists(first.Content));
        var failure = await Assert.ThrowsAsync<TransferException>(() => cache.GetAsync(FileOf(server, key: "5"), default));
        Assert.Equal("the cell's download cache has no room for it: all of its 3145728 bytes are in use or too few", failure.Message);
        Assert.Equal(3 << 20, _shelf.Used);

        first.Dispose();
        using var fifth = await cache.GetAsync(FileOf(server, key: "5"), default);
        Assert.False(File.Exists(first.Content));
        Assert.Empty(Directory.GetFileSystemEntries(Partial));
    }

    [Fact]
    public async Task The_next_rep_finds_what_is_complete_and_removes_the_rest()
    {
        await using var server = new ScriptedServer(request =>
            request.Header("if-none-match") is null ? new ScriptedReply(200, "kept").With("ETag", "1") : new ScriptedReply(304)
        );
        (await Open().GetAsync(FileOf(server), default)).Dispose();
        Directory.CreateDirectory(Path.Combine(Partial, "7"));
        Directory.CreateDirectory(Path.Combine(Entries, "broken"));

        using var held = await Open().GetAsync(FileOf(server), default);

        Assert.Equal("kept", await File.ReadAllTextAsync(held.Content));
        Assert.Equal("1", server.Requests[^1].Header("if-none-match"));
        Assert.Single(Directory.GetDirectories(Entries));
        Assert.Empty(Directory.GetDirectories(Partial));
    }

    [Fact]
    public async Task The_newer_replaces_the_older_although_the_clock_went_back()
    {
        var version = "1";
        await using var server = new ScriptedServer(_ => new ScriptedReply(200, $"v{version}").With("ETag", version));
        var cache = Open();
        (await cache.GetAsync(FileOf(server), default)).Dispose();
        _clock.Offset = TimeSpan.FromDays(-1);
        version = "2";

        (await cache.GetAsync(FileOf(server), default)).Dispose();

        Assert.Equal("v2", await File.ReadAllTextAsync(Path.Combine(Assert.Single(Directory.GetDirectories(Entries)), "content")));
    }

    [Fact]
    public async Task Nothing_is_kept_over_a_restart_of_the_machine()
    {
        await using var server = new ScriptedServer(_ => new ScriptedReply(200, "lost").With("ETag", "1"));
        (await Open().GetAsync(FileOf(server), default)).Dispose();
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "downloads", "boot"), "another boot");

        Open();

        Assert.Empty(Directory.GetDirectories(Entries));
        Assert.Equal(0, _shelf.Used);
    }

    [Fact]
    public async Task A_dependency_is_unpacked_once_for_every_user_and_stays_while_a_container_uses_it()
    {
        _options.DownloadCacheBytes = 1 << 20;
        await using var server = new ScriptedServer(_ => new ScriptedReply(200, Archive).With("ETag", "1"));
        var said = new List<string>();
        var home = Path.Combine(_folder.FullName, "containers", "c1");
        CachedDependency[] wanted = [DependencyOf(server), DependencyOf(server)];
        var cache = Open();

        var mounts = await new Dependencies(cache, _shelf).MountAsync(
            home,
            wanted,
            (source, line) => said.Add($"{source}: {line}"),
            default
        );

        Assert.Equal(["/opt/tool", "/opt/tool"], mounts.Select(mount => mount.Destination));
        var tool = Path.Combine(mounts[0].Source, "bin", "tool");
        Assert.Equal("tool", await File.ReadAllTextAsync(tool));
        Assert.Equal(Convert.ToInt32("755", 8), (int)File.GetUnixFileMode(tool));
        Assert.Equal(
            ["STG: Downloading tool...", "STG: Downloading tool...", "STG: Downloaded tool (2K)", "STG: Downloaded tool (2K)"],
            said
        );
        Assert.Single(server.Requests);

        // A later rep mounts the same, and does not ask.
        cache = Open();
        var later = new Dependencies(cache, _shelf);
        later.Adopt([home]);
        Assert.Equal(mounts, await later.MountAsync(home, wanted, (_, _) => { }, default));
        Assert.Single(server.Requests);
        await using var large = new ScriptedServer(_ => new ScriptedReply(200, new byte[(1 << 20) - 1]));
        await Assert.ThrowsAsync<TransferException>(() => cache.GetAsync(FileOf(large), default));
        later.Release(home);
        using var held = await cache.GetAsync(FileOf(large), default);
        Assert.False(File.Exists(tool));
    }

    [Fact]
    public async Task One_dependency_that_fails_ends_the_others()
    {
        await using var server = new ScriptedServer(request =>
            request.Path == "/bad" ? new ScriptedReply(404) : new ScriptedReply(200, Archive) { Before = Task.Delay(-1) }
        );
        var dependencies = new Dependencies(Open(), _shelf);
        var bad = DependencyOf(server);
        (bad.From, bad.CacheKey) = (server.Url("/bad"), "bad");

        var failure = await Assert.ThrowsAsync<TransferException>(() =>
            dependencies.MountAsync(Path.Combine(_folder.FullName, "c1"), [DependencyOf(server), bad], (_, _) => { }, default)
        );

        Assert.Equal("the server answered with status 404", failure.Message);
        Assert.Empty(Directory.GetFileSystemEntries(Partial));
    }

    [Fact]
    public async Task A_dependency_without_validators_goes_with_its_container()
    {
        await using var server = new ScriptedServer(_ => new ScriptedReply(200, Archive));
        var home = Path.Combine(_folder.FullName, "c1");
        var dependencies = new Dependencies(Open(), _shelf);
        await dependencies.MountAsync(home, [DependencyOf(server)], (_, _) => { }, default);
        Assert.Single(Directory.GetDirectories(Entries));

        dependencies.Release(home);
        Assert.Empty(Directory.GetDirectories(Entries));
        await dependencies.MountAsync(home, [DependencyOf(server)], (_, _) => { }, default);

        // Its container is gone when the next rep comes.
        Directory.Delete(home, recursive: true);
        var later = new Dependencies(Open(), _shelf);
        Assert.Single(Directory.GetDirectories(Entries));
        later.Adopt([]);
        Assert.Empty(Directory.GetDirectories(Entries));
    }

    [Fact]
    public async Task A_bad_archive_is_the_failure_and_leaves_nothing()
    {
        await using var server = new ScriptedServer(_ =>
            new ScriptedReply(200, new RawTar().Header("../out", '0', 0).End()).With("ETag", "1")
        );

        var failure = await Assert.ThrowsAsync<TransferException>(() =>
            Open().GetAsync(FileOf(server) with { Form = CachedAs.Directory }, default)
        );

        Assert.Equal("its entry '../out' leaves the directory with '..'", failure.Message);
        Assert.Empty(Directory.GetFileSystemEntries(Partial));
        Assert.Equal(0, _shelf.Used);
    }

    private DownloadCache Open()
    {
        _shelf = new CacheShelf(Path.Combine(_folder.FullName, "downloads"), _options.DownloadCacheBytes, _clock);
        var fetcher = new Fetcher(new FileServers(_options), _options, new TransferMetrics(new CellId("cell-1")), TimeProvider.System);
        return new DownloadCache(_shelf, fetcher, _options, _slots, Guid.NewGuid);
    }

    private static CacheRequest FileOf(ScriptedServer server, string algorithm = "", byte[]? digest = null, string key = "key") =>
        new(
            CachedAs.File,
            key,
            new Source(new Uri(server.Url("/file")), Checksum.Of(algorithm, digest is null ? "" : Convert.ToHexStringLower(digest)))
        );

    private static CachedDependency DependencyOf(ScriptedServer server) =>
        new()
        {
            Name = "tool",
            From = server.Url("/tool.tar"),
            To = "/opt/tool",
            CacheKey = "tool",
            LogSource = "STG",
        };

    private sealed class ShiftedClock : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
    }
}
