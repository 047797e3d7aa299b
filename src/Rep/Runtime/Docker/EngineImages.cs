using System.Text;
using Docker.DotNet.Models;
using Scheduler.Models;
using Scheduler.Rep.Images;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Images.Registry;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Docker;

/// <summary>An image at the engine that a container can be made from.</summary>
/// <param name="Id">Its id there.</param>
/// <param name="Bytes">Charged to the container's disk; 0 for a preloaded one, which belongs to the cell.</param>
internal sealed record EngineImage(string Id, ImageDefaults Defaults, long Bytes);

/// <summary>Gets the images of containers into the engine: from registries, from archives and layouts, and from preloaded directories.</summary>
internal sealed partial class EngineImages
{
    /// <summary>Under this name the engine has what did not come from a registry. No registry can have it.</summary>
    private const string LocalHost = "scheduler.invalid";

    private readonly DockerEngine _engine;
    private readonly string _cell;
    private readonly string _directory;
    private readonly ImageOptions _options;
    private readonly IReadOnlyDictionary<string, string> _preloaded;
    private readonly string _tar;
    private readonly TimeProvider _time;
    private readonly EngineImageRecords _records;
    private readonly KeyedLock _turns = new();
    private readonly Lock _lock = new();
    private readonly HashSet<EnginePull> _pulls = [];

    /// <summary>Imported in this run of the rep, by name.</summary>
    private readonly Dictionary<string, EngineImage> _imported = [];

    public EngineImages(
        DockerEngine engine,
        string cell,
        string directory,
        ImageOptions options,
        IReadOnlyDictionary<string, string> preloaded,
        TimeProvider time
    )
    {
        (_engine, _cell, _directory, _options, _preloaded, _time) = (engine, cell, directory, options, preloaded, time);
        _tar = Programs.Find("tar", "tar");
        Directory.CreateDirectory(directory);
        _records = new EngineImageRecords(Path.Combine(directory, "records"), time);
    }

    /// <exception cref="DomainException">The URL or the image is bad, or the registry refuses it.</exception>
    public Task<EngineImage> PrepareAsync(ImageRequest request, CancellationToken cancellation) =>
        PrepareAsync(request, static _ => { }, cancellation);

    /// <param name="pulling">Called when a pull begins.</param>
    private async Task<EngineImage> PrepareAsync(ImageRequest request, Action<Func<ImagePull>> pulling, CancellationToken cancellation)
    {
        var reference = ImageReference.Parse(request.Url);
        using var turn = await _turns.EnterAsync(request.Url, cancellation);
        try
        {
            return reference switch
            {
                ImageReference.Preloaded { Name: var name } => await ImportAsync(name, cancellation),
                ImageReference.Layout layout => await LoadAsync(layout, request, pulling, cancellation),
                ImageReference.Registry { Name: var name } => await PullAsync(name, request, pulling, cancellation),
                var other => throw new InvalidOperationException($"no way to prepare {other}"),
            };
        }
        catch (DomainException failure) when (reference is not ImageReference.Preloaded)
        {
            throw ImageError.In(request.Url, failure);
        }
    }

    /// <summary>The pulls under way.</summary>
    public IReadOnlyList<EnginePull> Pulls()
    {
        lock (_lock)
            return [.. _pulls];
    }

    private async Task<EngineImage> PullAsync(
        ImageName name,
        ImageRequest request,
        Action<Func<ImagePull>> pulling,
        CancellationToken cancellation
    )
    {
        var key = name.ToString();
        var reference = $"{name.Host}/{name.Repository}{(name.Digest is { } digest ? $"@{digest}" : $":{name.Tag}")}";
        var policy = request.Policy ?? _options.Registry.Pull;
        if (policy != ImagePullPolicy.Always && await FindAsync(key, reference, request.Credentials, cancellation) is { } known)
            return ImageOf(known);
        if (policy == ImagePullPolicy.Never)
            throw ImageError.Bad("it is not on this cell, and the pull policy is never");

        using var pull = Begin(request, pulling);
        var credentials = request.Credentials ?? await OfFileAsync(name.Host, cancellation);
        try
        {
            await _engine.AskAsync(
                $"pull {reference}",
                client =>
                    client.Images.CreateImageAsync(
                        new ImagesCreateParameters { FromImage = $"{name.Host}/{name.Repository}", Tag = name.Reference },
                        credentials is null
                            ? null
                            : new AuthConfig
                            {
                                Username = credentials.User,
                                Password = credentials.Password,
                                ServerAddress = name.Host,
                            },
                        pull.Progress,
                        cancellation
                    )
            );
        }
        catch (ContainerRuntimeException refusal) when (refusal.InnerException is global::Docker.DotNet.DockerApiException)
        {
            throw ImageError.Bad(refusal.Message);
        }

        pull.Progress.ThrowIfFailed();
        var pulled =
            await InspectAsync(reference, cancellation) ?? throw ImageError.Bad("the Docker engine lost it as soon as it was pulled");
        CheckPlatform(pulled);
        Keep(key, reference, pulled, request.Credentials);
        return ImageOf(pulled);
    }

    /// <summary>The image that the name led to when it was pulled, or that somebody else has put into the engine.</summary>
    private async Task<ImageInspectResponse?> FindAsync(
        string key,
        string reference,
        RegistryCredentials? credentials,
        CancellationToken cancellation
    )
    {
        if (_records.Find(key, credentials) is { } record && await InspectAsync(record.Id, cancellation) is { } known)
        {
            _records.Use(record);
            return known;
        }

        if (credentials is not null || await InspectAsync(reference, cancellation) is not { } found)
            return null;
        // The engine gives everybody what was pulled for one.
        if (_records.All().Any(other => other.IsPrivate && other.Id == found.ID))
            return null;
        CheckPlatform(found);
        Keep(key, reference, found, null);
        return found;
    }

    private async Task<EngineImage> LoadAsync(
        ImageReference.Layout layout,
        ImageRequest request,
        Action<Func<ImagePull>> pulling,
        CancellationToken cancellation
    )
    {
        var source = ImageLayout.Open(layout, _options, cancellation);
        var manifest = await source.ReadAsync(cancellation);
        var id = Digests.Of(manifest.Config.Span);
        var reference = $"{LocalHost}/oci:{Digests.Hex(id)}";
        if (await InspectAsync(id, cancellation) is not { } image)
        {
            using var pull = Begin(request, pulling);
            var archive = new EngineArchive(source, manifest, _directory, _options);
            await archive.SendAsync(
                reference,
                stream =>
                    _engine.AskAsync(
                        $"load {request.Url}",
                        client =>
                            client.Images.LoadImageAsync(new ImageLoadParameters { Quiet = true }, stream, pull.Progress, cancellation)
                    ),
                cancellation
            );
            pull.Progress.ThrowIfFailed();
            image = await InspectAsync(id, cancellation) ?? throw ImageError.Bad("the Docker engine did not keep it");
        }

        Keep(request.Url, reference, image, null);
        return ImageOf(image);
    }

    /// <summary>The directory as it is when it is first used after a start of the rep.</summary>
    private async Task<EngineImage> ImportAsync(string name, CancellationToken cancellation)
    {
        if (!_preloaded.TryGetValue(name, out var path))
        {
            var known = _preloaded.Count == 0 ? "none" : string.Join(", ", _preloaded.Keys.Order(StringComparer.Ordinal));
            throw ImageError.Bad($"this cell has no preloaded root filesystem '{name}' (it has: {known})");
        }

        if (!Directory.Exists(path))
            throw new ContainerRuntimeException($"the preloaded root filesystem '{name}' is missing: {path} is not a directory");
        lock (_lock)
        {
            if (_imported.TryGetValue(name, out var before))
                return before;
        }

        var (repository, prefix) = (PreloadedRepository, Digests.Hex(Digests.Of(Encoding.UTF8.GetBytes(name)))[..12]);
        var tag = $"{prefix}-{PreloadedImport.Fingerprint(path)}";
        if (await InspectAsync($"{repository}:{tag}", cancellation) is not { } image)
        {
            var progress = new EnginePull("", name, _time.GetUtcNow());
            await PreloadedImport.SendAsync(
                _tar,
                path,
                stream =>
                    _engine.AskAsync(
                        $"import {path}",
                        client =>
                            client.Images.CreateImageAsync(
                                new ImagesCreateParameters
                                {
                                    FromSrc = "-",
                                    Repo = repository,
                                    Tag = tag,
                                },
                                stream,
                                null,
                                progress,
                                cancellation
                            )
                    ),
                cancellation
            );
            progress.ThrowIfFailed();
            image =
                await InspectAsync($"{repository}:{tag}", cancellation)
                ?? throw new ContainerRuntimeException($"the Docker engine did not keep what it imported from {path}");
        }

        var imported = new EngineImage(image.ID, ImageDefaults.None, 0);
        await RemovePreloadedAsync(other => other.StartsWith($"{prefix}-", StringComparison.Ordinal) && other != tag, cancellation);
        lock (_lock)
            _imported[name] = imported;
        return imported;
    }

    private string PreloadedRepository => $"{LocalHost}/preloaded-{_cell}";

    private Task<ImageInspectResponse?> InspectAsync(string reference, CancellationToken cancellation) =>
        _engine.FindAsync($"inspect image {reference}", client => client.Images.InspectImageAsync(reference, cancellation));

    private void Keep(string name, string reference, ImageInspectResponse image, RegistryCredentials? credentials) =>
        _records.Keep(
            new EngineImageRecord(name, reference, image.ID)
            {
                Digest =
                    image.RepoDigests?.Select(text => text[(text.IndexOf('@', StringComparison.Ordinal) + 1)..]).FirstOrDefault() ?? "",
                Layers = image.RootFS?.Layers?.Count ?? 0,
                Bytes = image.Size,
                PulledAt = _time.GetUtcNow(),
                ExposedPorts = [.. (image.Config?.ExposedPorts?.Keys ?? []).Order(StringComparer.Ordinal)],
            },
            credentials
        );

    private static EngineImage ImageOf(ImageInspectResponse image)
    {
        var config = image.Config ?? new Config();
        return new EngineImage(
            image.ID,
            new ImageDefaults([.. config.Env ?? []], config.User ?? "", config.WorkingDir ?? "")
            {
                Entrypoint = config.Entrypoint is { } entrypoint ? [.. entrypoint] : null,
                Command = config.Cmd is { } command ? [.. command] : null,
                StopSignal = config.StopSignal is { Length: > 0 } signal ? signal : null,
            },
            image.Size
        );
    }

    private static void CheckPlatform(ImageInspectResponse image)
    {
        if (!Images.Content.Platform.OfThisMachine.Runs(image.Os ?? "", image.Architecture ?? ""))
            throw ImageError.Bad(
                $"the image is for {image.Os}/{image.Architecture}, and this cell is {Images.Content.Platform.OfThisMachine}"
            );
    }

    private async Task<RegistryCredentials?> OfFileAsync(string host, CancellationToken cancellation) =>
        _options.Registry.AuthFile is { Length: > 0 } file && File.Exists(file)
            ? await DockerConfig.FindAsync(
                host,
                await File.ReadAllBytesAsync(file, cancellation),
                DockerConfig.TheCells,
                _options.Registry.Timeout,
                _time,
                cancellation
            )
            : null;

    private PullUnderWay Begin(ImageRequest request, Action<Func<ImagePull>> pulling)
    {
        var progress = new EnginePull(request.Container, request.Url, _time.GetUtcNow());
        lock (_lock)
            _pulls.Add(progress);
        pulling(progress.Read);
        return new PullUnderWay(this, progress);
    }

    private sealed record PullUnderWay(EngineImages Images, EnginePull Progress) : IDisposable
    {
        public void Dispose()
        {
            lock (Images._lock)
                Images._pulls.Remove(Progress);
        }
    }
}
