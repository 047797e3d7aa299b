using System.Collections.Concurrent;
using Scheduler.Rep.Runtime;

namespace Scheduler.Tests.TestKit.Rep;

/// <summary>The images of a runtime, as a test says. Only pulls take time: they end when the test lets them.</summary>
public sealed class FakeCellImages : ICellImages
{
    public List<KeptImage> Kept { get; } = [];

    /// <summary>The pulls under way. A test replaces the whole list.</summary>
    public IReadOnlyList<ImagePull> UnderWay { get; set; } = [];

    /// <summary>What was asked, in order.</summary>
    public ConcurrentQueue<string> Calls { get; } = [];

    /// <summary>How a pull ends.</summary>
    public TaskCompletionSource<KeptImage> Pulled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Set when a pull was given up.</summary>
    public TaskCompletionSource GivenUp { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<KeptImage> List() => Kept;

    public IReadOnlyList<ImagePull> Pulls() => UnderWay;

    public async Task<KeptImage> PullAsync(
        string rootFs,
        RegistryCredentials? credentials,
        Action<Func<ImagePull>> pulling,
        CancellationToken cancellation
    )
    {
        Calls.Enqueue($"pull {rootFs} as {credentials?.ToString() ?? "nobody"}");
        if (UnderWay is [var first, ..])
            pulling(() => first);
        try
        {
            return await Pulled.Task.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            GivenUp.TrySetResult();
            throw;
        }
    }

    public Task<long> RemoveAsync(string rootFs)
    {
        Calls.Enqueue($"remove {rootFs}");
        return Task.FromResult(7L);
    }

    public Task<(int Images, long Bytes)> PruneAsync(TimeSpan unusedFor)
    {
        Calls.Enqueue($"prune {unusedFor}");
        return Task.FromResult((2, 9L));
    }
}
