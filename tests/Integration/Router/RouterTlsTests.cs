using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Scheduler.Hosting.Roles;
using Scheduler.Hosting.Tls;
using Scheduler.Models;
using Scheduler.Router;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Router;

/// <summary>The router's listener with TLS, asked by curl.</summary>
public sealed class RouterTlsTests : IAsyncLifetime
{
    private const string Web = "web.localhost";
    private const int NotVerified = 60;
    private const int HandshakeFailed = 35;

    private readonly string _folder = Directory.CreateTempSubdirectory("router-tls-").FullName;
    private readonly CertificateAuthority _authority = new(TimeProvider.System, TimeSpan.FromHours(2));
    private readonly TlsOptions _files;
    private RouterUnderTest _router = null!;
    private TestBackend _backend = null!;

    public RouterTlsTests() => _files = Issue("first");

    public async ValueTask InitializeAsync()
    {
        _router = await RouterUnderTest.StartAsync(Options);
        _backend = await TestBackend.StartAsync("one-1");
        await _router.RegisterAsync(_backend, Web, "other.example.com");
    }

    public async ValueTask DisposeAsync()
    {
        await _router.DisposeAsync();
        await _backend.DisposeAsync();
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private RouterOptions Options =>
        RouterUnderTest.Options with
        {
            TlsListen = "127.0.0.1:0",
            TlsCertificateFile = _files.CertificateFile!,
            TlsKeyFile = _files.KeyFile!,
            TlsRefreshInterval = TimeSpan.FromMilliseconds(20),
        };

    [Theory]
    [InlineData("--http1.1", "1.1")]
    [InlineData("--http2", "2")]
    public async Task Requests_with_tls_reach_the_instances(string flag, string version)
    {
        Assert.Equal((0, $"one-1 200 {version}"), await CurlAsync(Web, flag));
        Assert.Equal("https", _backend.Requests.Single().Headers["X-Forwarded-Proto"]);
    }

    [Fact]
    public async Task A_host_that_the_certificate_does_not_name_is_for_the_client_to_refuse()
    {
        Assert.Equal((NotVerified, " 000 0"), await CurlAsync("other.example.com", "--http1.1"));
        Assert.Empty(_backend.Requests);
        Assert.Equal((0, "one-1 200 2"), await CurlAsync("other.example.com", "--insecure"));
    }

    [Fact]
    public async Task The_host_and_not_the_name_in_the_handshake_chooses_the_route()
    {
        Assert.Equal((0, "one-1 200 1.1"), await CurlAsync("none.localhost", "--http1.1", "--insecure", "--header", $"Host: {Web}"));
        var unknown = await CurlAsync(Web, "--http1.1", "--header", "Host: none.localhost");
        Assert.Equal(0, unknown.ExitCode);
        Assert.EndsWith(" 404 1.1", unknown.Output, StringComparison.Ordinal);
        // Without a name in the handshake, too.
        Assert.Equal((0, "one-1 200 2"), await CurlAsync("127.0.0.1", "--header", $"Host: {Web}"));
    }

    [Fact]
    public async Task Old_versions_of_tls_and_requests_without_it_are_refused()
    {
        Assert.Equal((HandshakeFailed, " 000 0"), await CurlAsync(Web, "--tls-max", "1.1"));
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", _router.TlsUrl.Port);
        await client.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: web.localhost\r\n\r\n"u8.ToArray());
        Assert.DoesNotContain("HTTP/1.1", await new StreamReader(client.GetStream()).ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Empty(_backend.Requests);
    }

    [Fact]
    public async Task A_certificate_that_is_replaced_is_for_new_connections()
    {
        using var old = await ConnectAsync();
        Assert.Equal("first", Name(old));

        Issue("second");
        await Wait.UntilAsync(async () => await SeenNameAsync() == "second");
        Assert.Equal((0, "one-1 200 2"), await CurlAsync(Web));
        // The old connection goes on.
        await old.WriteAsync("GET / HTTP/1.1\r\nHost: web.localhost\r\nConnection: close\r\n\r\n"u8.ToArray());
        Assert.StartsWith("HTTP/1.1 200", await new StreamReader(old).ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_are_not_valid_change_nothing_until_they_are()
    {
        var certificate = new FrontCertificate(Options);
        Assert.NotNull(certificate.Refresh());
        var first = certificate.Current;
        Assert.Null(certificate.Refresh());
        Assert.Same(first, certificate.Current);

        // The key of one and the certificate of the other, as while somebody copies them.
        var key = File.ReadAllText(_files.KeyFile!);
        Issue("second");
        var next = File.ReadAllText(_files.KeyFile!);
        File.WriteAllText(_files.KeyFile!, key);
        var refused = Assert.Throws<DomainException>(certificate.Refresh);
        Assert.StartsWith($"tls-cert: cannot read {_files.CertificateFile} with {_files.KeyFile}: ", refused.Message);
        Assert.Same(first, certificate.Current);
        Assert.Null(certificate.Refresh());

        File.WriteAllText(_files.KeyFile!, next);
        using var second = certificate.Refresh();
        Assert.Equal("second", second?.GetNameInfo(X509NameType.SimpleName, forIssuer: false));
        Assert.NotSame(first, certificate.Current);

        File.Delete(_files.KeyFile!);
        Assert.Throws<DomainException>(certificate.Refresh);
    }

    private TlsOptions Issue(string name) => _authority.Issue(_folder, "site", [name], PeerRoles.None, [Web, "*.localhost", "127.0.0.1"]);

    /// <returns>The answer's body, its status and its version of HTTP.</returns>
    private async Task<(int ExitCode, string Output)> CurlAsync(string host, params string[] more)
    {
        var port = _router.TlsUrl.Port;
        string[] arguments =
        [
            "--silent",
            "--max-time",
            "20",
            "--noproxy",
            "*",
            "--cacert",
            _files.AuthorityFile!,
            "--resolve",
            $"{host}:{port}:127.0.0.1",
            "--write-out",
            " %{http_code} %{http_version}",
            .. more,
            $"https://{host}:{port}/",
        ];
        using var process = Process.Start(new ProcessStartInfo("curl", arguments) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }

    private async Task<string> SeenNameAsync()
    {
        using var connection = await ConnectAsync();
        return Name(connection);
    }

    private async Task<SslStream> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", _router.TlsUrl.Port);
        var stream = new SslStream(client.GetStream());
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = Web,
                RemoteCertificateValidationCallback = (_, _, _, _) => true, // curl verifies it
            }
        );
        return stream;
    }

    private static string Name(SslStream stream)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(stream.RemoteCertificate!.GetRawCertData());
        return certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
    }
}
