using System.Text.Json.Serialization;
using Scheduler.Rep.Transfers.Web;

namespace Scheduler.Rep.Transfers.Cache;

/// <summary>What is known of a cached download, stored beside it.</summary>
internal sealed record EntryFacts
{
    /// <summary>Name of its directory.</summary>
    public required string Name { get; init; }

    /// <summary>What it is found by; null: it belongs to those who use it now, and is removed after them.</summary>
    public string? Key { get; init; }

    /// <summary>The server that gave the validators, without path and credentials.</summary>
    public required string Origin { get; init; }

    public required Validators Validators { get; init; }

    /// <summary>Size of the download.</summary>
    public required long Downloaded { get; init; }

    /// <summary>Disk that it takes.</summary>
    public required long Disk { get; init; }

    public required IReadOnlyDictionary<string, string> Digests { get; init; }

    /// <summary>Whether the source would still be this: the server can be asked if it changed, and the checksum is the same.</summary>
    public bool Answers(Source source) =>
        Origin == source.Origin
        && Validators.Exist
        && (source.Checksum is not { } wanted || Digests.GetValueOrDefault(wanted.Algorithm) == wanted.Value);
}

[JsonSerializable(typeof(EntryFacts))]
internal sealed partial class CacheJson : JsonSerializerContext;

/// <summary>A cached download that is not removed before this is disposed.</summary>
/// <param name="content">Path of the file or directory.</param>
internal sealed class Held(EntryFacts facts, string content, Action release) : IDisposable
{
    private int _released;

    public EntryFacts Facts => facts;

    public string Content => content;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _released, 1) == 0)
            release();
    }
}
