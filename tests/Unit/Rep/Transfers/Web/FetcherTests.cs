using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Scheduler.Hosting.Roles;
using Scheduler.Models;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Transfers.Web;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Containers;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Unit.Rep.Transfers.Web;

/// <summary>Downloads from servers that fail and lie.</summary>
public sealed class FetcherTests : IDisposable
{
    private const string Secret = "s3cret";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fetch-");
    private readonly TransferOptions _options = new()
    {
        TransferRetry = TimeSpan.FromMilliseconds(1),
        TransferIdleTimeout = Wait.Patience,
        MaxDownloadBytes = 100_000,
        DeniedNetworks = [.. OutboundConnection.MetadataNetworks],
    };

    private string File => Path.Combine(_folder.FullName, "file");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_file_arrives_with_its_size_validators_and_digest()
    {
        await using var server = new ScriptedServer(_ =>
            new ScriptedReply(200, "hello").With("ETag", "unquoted").With("Last-Modified", "once")
        );

        var fetched = await FetchAsync(server);

        Assert.Equal("hello", await System.IO.File.ReadAllTextAsync(File));
        Assert.Equal((false, 5, new Validators("unquoted", "once")), (fetched.Unchanged, fetched.Bytes, fetched.Validators));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("hello"u8)), fetched.Digests["sha256"]);
    }

    [Fact]
    public async Task A_server_that_fails_is_asked_again()
    {
        ScriptedServer server = null!;
        server = new ScriptedServer(_ => server.Requests.Count < 3 ? new ScriptedReply(500) : new ScriptedReply(200, "at last"));
        await using (server)
            await FetchAsync(server);

        Assert.Equal("at last", await System.IO.File.ReadAllTextAsync(File));
        Assert.Equal(3, server.Requests.Count);
    }

    [Theory]
    [InlineData(500, 4)]
    [InlineData(503, 4)]
    [InlineData(429, 4)]
    [InlineData(404, 1)]
    [InlineData(401, 1)]
    [InlineData(204, 1)]
    public async Task A_status_that_stays_is_the_failure(int status, int requests)
    {
        await using var server = new ScriptedServer(_ => new ScriptedReply(status));

        Assert.Equal($"the server answered with status {status}", (await FailureAsync(server)).Message);
        Assert.Equal(requests, server.Requests.Count);
    }

    [Theory]
    [InlineData("md5", "5D41402ABC4B2A76B9719D911017C592")]
    [InlineData("sha1", "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d")]
    [InlineData("SHA256", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")]
    public async Task A_wrong_checksum_is_final(string algorithm, string value)
    {
        await using var honest = new ScriptedServer(_ => new ScriptedReply(200, "hello"));
        await FetchAsync(honest, Checksum.Of(algorithm, value));
        await using var other = new ScriptedServer(_ => new ScriptedReply(200, "hallo"));

        var failure = await FailureAsync(other, Checksum.Of(algorithm, value));

        Assert.True(failure.IsPermanent);
        Assert.StartsWith($"its {algorithm.ToLowerInvariant()} checksum is ", failure.Message, StringComparison.Ordinal);
        Assert.Single(other.Requests);
    }

    [Theory]
    [InlineData("crc32", "00000000", "its checksum algorithm must be md5, sha1, sha256 or sha512")]
    [InlineData("md5", "5d41402abc4b2a76b9719d91101", "its md5 checksum must have 32 hexadecimal digits")]
    [InlineData("md5", "zd41402abc4b2a76b9719d911017c592", "its md5 checksum must have 32 hexadecimal digits")]
    public void A_checksum_that_nothing_can_have_is_refused(string algorithm, string value, string message) =>
        Assert.Equal(message, Assert.Throws<TransferException>(() => Checksum.Of(algorithm, value)).Message);

    [Fact]
    public async Task A_body_that_is_cut_off_is_fetched_again()
    {
        ScriptedServer server = null!;
        server = new ScriptedServer(_ => new ScriptedReply(200, "hello") { Announced = server.Requests.Count < 2 ? 9 : null });
        await using (server)
            await FetchAsync(server);

        Assert.Equal("hello", await System.IO.File.ReadAllTextAsync(File));
    }

    [Fact]
    public async Task A_body_that_is_always_cut_off_is_the_failure()
    {
        await using var server = new ScriptedServer(_ => new ScriptedReply(200, "hello") { Announced = 9 });

        var failure = await FailureAsync(server);

        Assert.Equal("the server's answer is not valid HTTP, or was cut off", failure.Message);
        Assert.Equal(4, server.Requests.Count);
    }

    [Theory]
    [InlineData(200_000L, false)]
    [InlineData(-1L, true)]
    public async Task What_is_too_large_is_not_read_to_its_end(long announced, bool endless)
    {
        await using var server = new ScriptedServer(_ => new ScriptedReply(200, new byte[10_000])
        {
            Announced = announced,
            Endless = endless,
        });

        var failure = await FailureAsync(server);

        Assert.Equal("it is larger than 100000 bytes", failure.Message);
        Assert.True(failure.IsPermanent);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task No_room_ends_it()
    {
        await using var server = new ScriptedServer(_ => new ScriptedReply(200, new byte[10_000]) { Announced = -1 });

        var failure = await Assert.ThrowsAsync<TransferException>(() =>
            FetcherOf(_options).FetchAsync(SourceOf(server), null, File, _ => throw new TransferException("no room"), default)
        );

        Assert.Equal("no room", failure.Message);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_full_disk_is_said_to_be_full()
    {
        await using var server = new ScriptedServer(_ => new ScriptedReply(200, "hello"));

        var failure = await Assert.ThrowsAsync<TransferException>(() =>
            FetcherOf(_options).FetchAsync(SourceOf(server), null, "/dev/full", _ => { }, default)
        );

        Assert.Equal(("the cell's disk is full", false), (failure.Message, failure.IsPermanent));
    }

    [Fact]
    public async Task What_is_known_is_asked_about_and_may_be_unchanged()
    {
        await using var server = new ScriptedServer(_ => new ScriptedReply(304));

        var fetched = await FetcherOf(_options).FetchAsync(SourceOf(server), new Validators("W/\"1\"", "then"), File, _ => { }, default);

        Assert.True(fetched.Unchanged);
        var request = server.Requests.Single();
        Assert.Equal(("W/\"1\"", "then"), (request.Header("if-none-match"), request.Header("if-modified-since")));
    }

    [Fact]
    public async Task Unchanged_is_no_answer_when_nothing_is_known()
    {
        await using var server = new ScriptedServer(_ => new ScriptedReply(304));

        Assert.Equal("the server says that nothing has changed, without being asked", (await FailureAsync(server)).Message);
    }

    [Fact]
    public async Task Redirects_are_followed()
    {
        await using var store = new ScriptedServer(_ => new ScriptedReply(200, "from the store"));
        await using var server = new ScriptedServer(request =>
            request.Path == "/next"
                ? new ScriptedReply(307).With("Location", store.Url("/blob"))
                : new ScriptedReply(302).With("Location", "/next")
        );

        await FetchAsync(server);

        Assert.Equal("from the store", await System.IO.File.ReadAllTextAsync(File));
        // Credentials are those of one server, and nothing to another.
        Assert.NotNull(server.Requests[0].Header("authorization"));
        Assert.Null(store.Requests.Single().Header("authorization"));
    }

    [Theory]
    [InlineData("/again", "the server redirects more than 10 times", 11)]
    [InlineData("file:///etc/passwd", "the server redirects to what is no http or https URL", 1)]
    [InlineData(
        "http://169.254.169.254/latest",
        "the cell does not support transfers with the server's network (--transfer-deny of the cell)",
        1
    )]
    [InlineData(
        "http://100.100.100.200/latest",
        "the cell does not support transfers with the server's network (--transfer-deny of the cell)",
        1
    )]
    [InlineData(
        "http://[fd00:ec2::254]/latest",
        "the cell does not support transfers with the server's network (--transfer-deny of the cell)",
        1
    )]
    [InlineData(
        "http://[::ffff:169.254.169.254]/latest",
        "the cell does not support transfers with the server's network (--transfer-deny of the cell)",
        1
    )]
    public async Task Redirects_lead_nowhere_else(string location, string message, int requests)
    {
        await using var server = new ScriptedServer(_ => new ScriptedReply(302).With("Location", location));

        var failure = await FailureAsync(server);

        Assert.Equal((message, true), (failure.Message, failure.IsPermanent));
        Assert.Equal(requests, server.Requests.Count);
    }

    /// <summary>By any of the names that the machine has for itself.</summary>
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.9.9.9")]
    [InlineData("0.0.0.0")]
    [InlineData("[::1]")]
    [InlineData("[::]")]
    [InlineData("[::ffff:127.0.0.1]")]
    [InlineData("localhost")]
    public async Task What_listens_on_the_machine_itself_is_never_connected_to(string host)
    {
        await using var server = new ScriptedServer(_ => new ScriptedReply(200, "hello"));
        var port = server.Authority.Split(':')[^1];
        var options = new TransferOptions();
        var failure = await Assert.ThrowsAsync<TransferException>(() =>
            FetcherOf(options).FetchAsync(new Source(new Uri($"http://{host}:{port}/file"), null), null, File, _ => { }, default)
        );

        Assert.Equal("the cell does not support transfers with the server's network (--transfer-deny of the cell)", failure.Message);
        Assert.True(failure.IsPermanent);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_server_that_sends_nothing_has_failed()
    {
        _options.TransferIdleTimeout = TimeSpan.FromMilliseconds(50);
        await using var server = new ScriptedServer(_ => new ScriptedReply(200, "hello") { Before = Task.Delay(-1) });

        Assert.Equal("the server sent nothing for 50ms", (await FailureAsync(server)).Message);
    }

    [Fact]
    public async Task All_attempts_together_have_a_limit()
    {
        (_options.TransferTimeout, _options.DownloadAttempts) = (TimeSpan.FromMilliseconds(100), 100);
        await using var server = new ScriptedServer(_ => new ScriptedReply(200, "hello") { Before = Task.Delay(-1) });

        Assert.Equal("it took longer than 100ms", (await FailureAsync(server)).Message);
    }

    [Fact]
    public async Task A_server_that_does_not_listen_cannot_be_reached()
    {
        string url;
        await using (var server = new ScriptedServer(_ => new ScriptedReply(200)))
            url = server.Url("/");

        var failure = await Assert.ThrowsAsync<TransferException>(() =>
            FetcherOf(_options).FetchAsync(new Source(new Uri(url), null), null, File, _ => { }, default)
        );

        Assert.Equal("the server cannot be reached: connection refused", failure.Message);
    }

    [Fact]
    public async Task A_cancelled_download_hangs_up()
    {
        using var ending = new CancellationTokenSource();
        await using var server = new ScriptedServer(_ => new ScriptedReply(200, "hello") { Before = Task.Delay(-1) });
        var fetching = FetcherOf(_options).FetchAsync(SourceOf(server), null, File, _ => { }, ending.Token);
        await Wait.UntilAsync(() => server.Requests.Count == 1);
        ending.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetching);
    }

    [Fact]
    public async Task A_private_authority_is_trusted_if_it_is_given_and_sees_the_cells_certificate()
    {
        using var authority = new TestAuthority();
        var tls = authority.Issue("files", PeerRoles.None);
        using var certificate = X509CertificateLoader.LoadPkcs12(
            X509Certificate2.CreateFromPemFile(tls.CertificateFile!, tls.KeyFile).Export(X509ContentType.Pkcs12),
            null
        );
        await using var server = new ScriptedServer(_ => new ScriptedReply(200, "hello"), certificate);
        Assert.StartsWith("the TLS handshake with the server failed: ", (await FailureAsync(server)).Message, StringComparison.Ordinal);

        _options.AuthorityFile = tls.AuthorityFile!;
        await FetchAsync(server);
        Assert.Null(server.ClientSubject);

        (_options.CertificateFile, _options.KeyFile) = (tls.CertificateFile!, tls.KeyFile!);
        await FetchAsync(server);
        Assert.Equal("CN=files", server.ClientSubject);
    }

    [Theory]
    [InlineData("ftp://host/file")]
    [InlineData("/file")]
    [InlineData("http://")]
    [InlineData("file:///etc/passwd")]
    public void What_is_no_web_address_is_refused(string url) =>
        Assert.Equal("its address is no http or https URL", Assert.Throws<TransferException>(() => FileServers.Parse(url)).Message);

    [Theory]
    [InlineData("http://u:p@host:1/a/b%20c.tgz?token=x", "http://host:1", "b c.tgz")]
    [InlineData("http://host/a/", "http://host", null)]
    [InlineData("http://host/a%2F..", "http://host", null)]
    [InlineData("http://host/%00", "http://host", null)]
    public void A_source_has_an_origin_and_may_have_a_name(string url, string origin, string? name)
    {
        var source = new Source(new Uri(url), null);

        Assert.Equal((origin, name), (source.Origin, source.FileName));
    }

    private Task<Fetched> FetchAsync(ScriptedServer server, Checksum? checksum = null) =>
        FetcherOf(_options).FetchAsync(SourceOf(server, checksum), null, File, _ => { }, default);

    /// <summary>The failure, which never tells the URL.</summary>
    private async Task<TransferException> FailureAsync(ScriptedServer server, Checksum? checksum = null)
    {
        var failure = await Assert.ThrowsAsync<TransferException>(() => FetchAsync(server, checksum));
        Assert.DoesNotContain(Secret, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", failure.Message, StringComparison.Ordinal);
        return failure;
    }

    private static Source SourceOf(ScriptedServer server, Checksum? checksum = null) =>
        new(new Uri(server.Url($"/file?token={Secret}").Replace("://", $"://user:{Secret}@", StringComparison.Ordinal)), checksum);

    private static Fetcher FetcherOf(TransferOptions options) =>
        new(new FileServers(options), options, new TransferMetrics(new CellId("cell-1")), TimeProvider.System);
}
