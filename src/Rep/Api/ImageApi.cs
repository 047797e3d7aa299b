using Google.Protobuf;
using Grpc.Core;
using Scheduler.Contracts.Fields;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep.Access;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Api;

/// <summary>The gRPC service for the images on a cell's disk.</summary>
internal sealed class ImageApi(CellHost host, IContainerRuntime runtime, TimeProvider time) : CellImageService.CellImageServiceBase
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(1);

    /// <summary>Longer than any image is kept.</summary>
    private static readonly TimeSpan LongestUnused = TimeSpan.FromDays(36_500);

    public override async Task List(ListImagesRequest request, IServerStreamWriter<CellImage> responseStream, ServerCallContext context)
    {
        foreach (var image in Images(request).List())
            await responseStream.WriteAsync(ToMessage(image), context.CancellationToken);
    }

    public override Task<ListPullsResponse> ListPulls(ListPullsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListPullsResponse { Pulls = { Images(request).Pulls().Select(ToMessage) } });

    public override async Task Pull(
        PullImageRequest request,
        IServerStreamWriter<PullImageResponse> responseStream,
        ServerCallContext context
    )
    {
        var images = Images(request);
        if (request.ImageUsername.Length == 0 && request.ImagePassword.Length > 0)
            throw DomainError.Invalid("image_username", "must be set together with image_password").ToException();
        var credentials = request.ImageUsername.Length > 0 ? new RegistryCredentials(request.ImageUsername, request.ImagePassword) : null;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, host.Ending);
        var responses = new Responses<PullImageResponse>(responseStream, time);
        Func<Runtime.ImagePull>? progress = null;
        var pulling = images.PullAsync(request.RootFs, credentials, read => Volatile.Write(ref progress, read), ending.Token);
        try
        {
            while (!await Waits.EndsWithinAsync(pulling, ProgressInterval, time, ending.Token))
            {
                if (Volatile.Read(ref progress) is { } read)
                    await responses.WriteAsync(new PullImageResponse { Progress = ToMessage(read()) }, ending.Token);
            }

            await responses.WriteAsync(new PullImageResponse { Image = ToMessage(await pulling) }, ending.Token);
        }
        catch (OperationCanceledException) when (host.Ending.IsCancellationRequested && !context.CancellationToken.IsCancellationRequested)
        {
            throw new DomainError(ErrorKind.Unavailable, "the cell is shutting down").ToException();
        }
        finally
        {
            // A caller who is gone waits for nothing.
            ending.Cancel();
            await Waits.EndAsync(pulling);
        }
    }

    public override async Task<RemoveImageResponse> Remove(RemoveImageRequest request, ServerCallContext context) =>
        new() { Bytes = await Images(request).RemoveAsync(request.RootFs) };

    public override async Task<PruneImagesResponse> Prune(PruneImagesRequest request, ServerCallContext context)
    {
        var images = Images(request);
        if (request.UnusedForMs > (ulong)LongestUnused.TotalMilliseconds)
            throw DomainError.Invalid("unused_for_ms", $"must be at most {LongestUnused.TotalMilliseconds:0}").ToException();
        var (count, bytes) = await images.PruneAsync(TimeSpan.FromMilliseconds((long)request.UnusedForMs));
        return new PruneImagesResponse { Images = (uint)count, Bytes = bytes };
    }

    /// <exception cref="DomainException">The request is invalid, or the cell keeps no images.</exception>
    private ICellImages Images(IMessage request)
    {
        RequestFields.Require(request);
        _ = host.Node; // the cell has started
        return runtime.Images
            ?? throw new DomainError(
                ErrorKind.InvalidStateTransition,
                $"cell {host.Options.CellId} keeps no images: its container runtime does not"
            ).ToException();
    }

    private static CellImage ToMessage(KeptImage image) =>
        new()
        {
            Name = image.Name,
            Digest = image.Digest,
            Layers = (uint)image.Layers,
            Bytes = image.Bytes,
            PulledAt = image.PulledAt is { } pulled ? UnixNanos.From(pulled) : 0,
            LastUsedAt = UnixNanos.From(image.LastUsedAt),
            Containers = (uint)image.Containers,
            Private = image.IsPrivate,
            ExposedPorts = { image.ExposedPorts },
        };

    private static Contracts.V1.ImagePull ToMessage(Runtime.ImagePull pull) =>
        new()
        {
            ContainerGuid = pull.Container,
            Image = pull.Image,
            LayersDone = (uint)pull.LayersDone,
            Layers = (uint)pull.Layers,
            BytesDone = pull.BytesDone,
            Bytes = pull.Bytes,
            Since = UnixNanos.From(pull.Since),
            Trouble = pull.Trouble,
        };
}
