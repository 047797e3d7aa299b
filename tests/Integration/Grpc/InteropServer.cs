using System.Net;
using Grpc.HealthCheck;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Scheduler.Tests.Integration.Grpc;

/// <summary>The server under test: without TLS, with client certificates, and on a Unix socket, all at once.</summary>
public sealed class InteropServer : IAsyncLifetime
{
    private readonly WebApplication _app;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("grpc-");

    public InteropServer()
    {
        Certificates = TestCertificates.Create(_folder.FullName);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc(static options => options.ResponseCompressionAlgorithm = "gzip");
        builder.Services.AddGrpcReflection();
        builder.Services.AddSingleton<HealthServiceImpl>();
        builder.Services.AddSingleton<InteropService>();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.Http2.MaxStreamsPerConnection = 2000;
            kestrel.Listen(IPAddress.Loopback, 0, static endpoint => endpoint.Protocols = HttpProtocols.Http2);
            kestrel.Listen(IPAddress.Loopback, 0, endpoint =>
            {
                endpoint.Protocols = HttpProtocols.Http2;
                endpoint.UseHttps(https =>
                {
                    https.ServerCertificate = Certificates.Server;
                    https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                    https.ClientCertificateValidation = (certificate, _, _) => Certificates.Trusts(certificate);
                });
            });
            kestrel.ListenUnixSocket(SocketPath, static endpoint => endpoint.Protocols = HttpProtocols.Http2);
            kestrel.Listen(IPAddress.Loopback, 0, static endpoint => endpoint.Protocols = HttpProtocols.Http1);
        });
        _app = builder.Build();
        _app.MapGrpcService<InteropService>();
        _app.MapGrpcService<HealthServiceImpl>();
        _app.MapGrpcReflectionService();
        _app.Services.GetRequiredService<HealthServiceImpl>().SetStatus("interop.Interop", ServingStatus.Serving);
    }

    internal TestCertificates Certificates { get; }

    public string Folder => _folder.FullName;

    public string SocketPath => Path.Combine(_folder.FullName, "socket");

    public Uri Address => new(_app.Urls.First());

    public Uri SecureAddress => new(_app.Urls.First(static url => url.StartsWith("https", StringComparison.Ordinal)));

    /// <summary>Where HTTP/1.1 is spoken only.</summary>
    public Uri OldAddress => new(_app.Urls.Last());

    public ValueTask InitializeAsync() => new(_app.StartAsync());

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
