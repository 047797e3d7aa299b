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
    public RegistryImage Open(ImageName name, RegistryCredentials? credentials)
    {
        var clients = options
            .Registry.MirrorsOf(name.Host)
            .Select(mirror => new RegistryClient(mirror, name.Repository, OfFile(Authority(mirror)), options.Registry, time))
            .ToList();
        clients.Add(new RegistryClient(Address(name.Host), name.Repository, credentials ?? OfFile(name.Host), options.Registry, time));
        return new RegistryImage(name, clients, downloads, options, time);
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

    private RegistryCredentials? OfFile(string host) =>
        options.Registry.AuthFile is { Length: > 0 } file && File.Exists(file) ? DockerConfig.Of(host, File.ReadAllBytes(file)) : null;

    private static string Authority(Uri url) => url.IsDefaultPort ? url.Host : url.Authority;
}
