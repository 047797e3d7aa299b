using Scheduler.Hosting.Channels;

namespace Scheduler.Bbs.Outbound;

/// <summary>Calls the auctioneer over gRPC. The caller's token sets the deadline.</summary>
internal sealed class GrpcAuctioneerClient(IChannels channels) : IAuctioneerClient
{
    public async Task RequestAsync(string url, LRPAuctionsRequest request, CancellationToken cancellationToken) =>
        await new AuctionService.AuctionServiceClient(channels.Invoker(url)).RequestLRPAuctionsAsync(
            request,
            cancellationToken: cancellationToken
        );

    public async Task RequestAsync(string url, TaskAuctionsRequest request, CancellationToken cancellationToken) =>
        await new AuctionService.AuctionServiceClient(channels.Invoker(url)).RequestTaskAuctionsAsync(
            request,
            cancellationToken: cancellationToken
        );
}

/// <summary>Calls reps over gRPC.</summary>
internal sealed class GrpcRepClient(IChannels channels) : IRepClient
{
    public async Task StopAsync(string url, StopLRPRequest request, CancellationToken cancellationToken) =>
        await Rep(url).StopLRPAsync(request, cancellationToken: cancellationToken);

    public async Task UpdateAsync(string url, UpdateLRPRequest request, CancellationToken cancellationToken) =>
        await Rep(url).UpdateLRPAsync(request, cancellationToken: cancellationToken);

    public async Task CancelAsync(string url, CancelRepTaskRequest request, CancellationToken cancellationToken) =>
        await Rep(url).CancelTaskAsync(request, cancellationToken: cancellationToken);

    private RepService.RepServiceClient Rep(string url) => new(channels.Invoker(url));
}
