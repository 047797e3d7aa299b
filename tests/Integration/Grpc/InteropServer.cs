using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Scheduler.Hosting;
using Scheduler.Hosting.Roles;
using Scheduler.Hosting.Tls;

namespace Scheduler.Tests.Integration.Grpc;

/// <summary>The product's own host with the services of these tests: without TLS, with TLS, and on a Unix socket.</summary>
public sealed class InteropServer : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("grpc-");
    private readonly CertificateAuthority _authority = new(TimeProvider.System, TimeSpan.FromDays(1));
    private readonly ComponentHost _plain;
    private readonly ComponentHost _secure;
    private readonly ComponentHost _unix;

    public InteropServer()
    {
        _plain = Build("127.0.0.1:0", new TlsOptions());
        _secure = Build("127.0.0.1:0", _authority.Issue(_folder.FullName, "server", PeerRoles.Bbs, "127.0.0.1", "localhost"));
        _unix = Build("unix://" + SocketPath, new TlsOptions());
    }

    public string Url => _plain.Url;

    public string SecureUrl => _secure.Url;

    public string UnixUrl => _unix.Url;

    public string SocketPath => Path.Combine(_folder.FullName, "socket");

    /// <summary>Directory of the certificates, as PEM files.</summary>
    public string Folder => _folder.FullName;

    internal InteropService Service => _plain.Services.GetRequiredService<InteropService>();

    /// <summary>Files of an identity that this server trusts.</summary>
    public TlsOptions Issue(string name, PeerRoles roles) => _authority.Issue(_folder.FullName, name, roles, "127.0.0.1", "localhost");

    public Task StopAsync() => _plain.StopAsync(CancellationToken.None);

    public async ValueTask InitializeAsync()
    {
        foreach (var host in (ComponentHost[])[_plain, _secure, _unix])
            await host.StartAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in (ComponentHost[])[_plain, _secure, _unix])
            await host.DisposeAsync();
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    private static ComponentHost Build(string listen, TlsOptions tls) =>
        ComponentHost.Build(
            new ComponentOptions
            {
                Name = "interop",
                Listen = listen,
                Tls = tls,
                Insecure = !tls.IsSet,
                LogLevel = LogLevel.None,
            },
            services =>
            {
                services.AddSingleton<InteropService>();
                services.AddSingleton<GuardedDomains>();
            },
            app =>
            {
                app.MapGrpcService<InteropService>();
                app.MapGrpcService<GuardedDomains>();
            }
        );
}
