using System.Collections.Concurrent;
using Grpc.Core;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Tests.Integration.Cli;

/// <summary>The images of a cell, as the test configured them.</summary>
internal sealed class FakeImages : CellImageService.CellImageServiceBase
{
    public List<CellImage> Kept { get; } = [];

    public List<ImagePull> Pulls { get; } = [];

    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>Not null: the cell refuses everything.</summary>
    public DomainError? Refusal { get; set; }

    public override async Task List(ListImagesRequest request, IServerStreamWriter<CellImage> responseStream, ServerCallContext context)
    {
        Note("list");
        foreach (var image in Kept)
            await responseStream.WriteAsync(image);
    }

    public override Task<ListPullsResponse> ListPulls(ListPullsRequest request, ServerCallContext context)
    {
        Note("pulls");
        return Task.FromResult(new ListPullsResponse { Pulls = { Pulls } });
    }

    public override async Task Pull(
        PullImageRequest request,
        IServerStreamWriter<PullImageResponse> responseStream,
        ServerCallContext context
    )
    {
        Note($"pull {request.RootFs}");
        foreach (var pull in Pulls)
            await responseStream.WriteAsync(new PullImageResponse { Progress = pull });
        await responseStream.WriteAsync(new PullImageResponse { Image = Kept[0] });
    }

    public override Task<RemoveImageResponse> Remove(RemoveImageRequest request, ServerCallContext context)
    {
        Note($"remove {request.RootFs}");
        return Task.FromResult(new RemoveImageResponse { Bytes = 34_100_000 });
    }

    public override Task<PruneImagesResponse> Prune(PruneImagesRequest request, ServerCallContext context)
    {
        Note($"prune {request.UnusedForMs}");
        return Task.FromResult(new PruneImagesResponse { Images = 2, Bytes = 2_050_000_000 });
    }

    private void Note(string request)
    {
        Requests.Enqueue(request);
        if (Refusal is { } refusal)
            throw refusal.ToException();
    }
}
