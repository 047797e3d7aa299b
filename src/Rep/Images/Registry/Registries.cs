using System.Net;
using Scheduler.Models;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Images.Registry;

/// <summary>Determines the addresses and the credentials for pulling an image.</summary>
internal sealed class Registries(BlobDownloads downloads, ImageOptions options, TimeProvider time)
{
    private const string HubEndpoint = "registry-1.docker.io";

    /// <param name="credentials">Credentials of the work; null: those of the cell, if it has any for the registry.</param>
    public async Task<RegistryImage> OpenAsync(
        ImageName name,
        RegistryCredentials? credentials,
        PullProgress progress,
        CancellationToken cancellation
    )
    {
        var clients = new List<RegistryClient>();
        foreach (var mirror in options.Registry.MirrorsOf(name.Host))
            clients.Add(await ClientAsync(mirror, name, null, Authority(mirror), cancellation));
        clients.Add(await ClientAsync(Address(name.Host), name, credentials, name.Host, cancellation));
        return new RegistryImage(name, clients, downloads, progress, options, time);
    }

    private Uri Address(string host) =>
        new($"{(IsInsecure(host) ? "http" : "https")}://{(host == ImageName.HubHost ? HubEndpoint : host)}/");

    private bool IsInsecure(string host)
    {
        if (options.Registry.Insecure.Contains(host))
            return true;
        return Uri.TryCreate($"http://{host}/", UriKind.Absolute, out var url)
            && (url.IsLoopback || (IPAddress.TryParse(url.Host, out var address) && IPAddress.IsLoopback(address)));
    }

    private async Task<RegistryClient> ClientAsync(
        Uri address,
        ImageName name,
        RegistryCredentials? credentials,
        string host,
        CancellationToken cancellation
    ) => new(address, name.Repository, credentials ?? await OfFileAsync(host, cancellation), options.Registry, time);

    private async Task<RegistryCredentials?> OfFileAsync(string host, CancellationToken cancellation) =>
        options.Registry.AuthFile is { Length: > 0 } file && File.Exists(file)
            ? await DockerConfig.FindAsync(
                host,
                await File.ReadAllBytesAsync(file, cancellation),
                DockerConfig.TheCells,
                options.Registry.Timeout,
                time,
                cancellation
            )
            : null;

    private static string Authority(Uri url) => url.IsDefaultPort ? url.Host : url.Authority;
}
