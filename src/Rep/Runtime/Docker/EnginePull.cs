using Docker.DotNet.Models;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Docker;

/// <summary>What the engine says while it gets an image. It answers with success first and says later what went wrong.</summary>
/// <param name="container">Handle of the container that waits; empty for none.</param>
internal sealed class EnginePull(string container, string image, DateTimeOffset since) : IProgress<JSONMessage>
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LayerPull> _layers = [];
    private string? _failure;

    public void Report(JSONMessage value)
    {
        lock (_lock)
        {
            if ((value.Error?.Message ?? value.ErrorMessage) is { Length: > 0 } failure)
                _failure = failure;
            if (value.ID is not { Length: > 0 } layer || value.Status is not { } status)
                return;
            var known = _layers.GetValueOrDefault(layer);
            LayerPull? now = status switch
            {
                "Pulling fs layer" or "Waiting" => known,
                "Downloading" => known with { Done = value.Progress?.Current ?? 0, Size = value.Progress?.Total ?? 0 },
                "Verifying Checksum" or "Download complete" => known with { Done = known.Size },
                "Extracting" => known with { Done = known.Size },
                "Pull complete" or "Already exists" => known with { Done = known.Size, IsThere = true },
                _ => null, // of the image as a whole
            };
            if (now is { } changed)
                _layers[layer] = changed;
        }
    }

    public ImagePull Read()
    {
        lock (_lock)
        {
            return new ImagePull
            {
                Container = container,
                Image = image,
                Since = since,
                Layers = _layers.Count,
                LayersDone = _layers.Values.Count(layer => layer.IsThere),
                Bytes = _layers.Values.Sum(layer => layer.Size),
                BytesDone = _layers.Values.Sum(layer => layer.Done),
            };
        }
    }

    /// <exception cref="Models.DomainException">The engine said that it failed.</exception>
    public void ThrowIfFailed()
    {
        lock (_lock)
        {
            if (_failure is { } failure)
                throw ImageError.Bad($"the Docker engine could not get it: {Commands.Shorten(failure.Trim())}");
        }
    }

    private readonly record struct LayerPull(long Done, long Size, bool IsThere);
}
