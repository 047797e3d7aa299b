using Microsoft.Extensions.Logging;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Bidding;

internal static partial class BiddingLog
{
    [LoggerMessage(LogLevel.Information, "Auction placed {Placed} of {Offered} on {Cells} cells")]
    public static partial void AuctionHeld(this ILogger logger, int placed, int offered, int cells);

    [LoggerMessage(LogLevel.Warning, "State report of cell {CellId} was rejected: {Why}")]
    public static partial void ReportRefused(this ILogger logger, CellId cellId, string why);

    [LoggerMessage(LogLevel.Warning, "{AuctionId} returns to the auction: cell {CellId} did not confirm it within {Timeout}")]
    public static partial void ReservationLapsed(this ILogger logger, string auctionId, CellId cellId, TimeSpan timeout);

    [LoggerMessage(
        LogLevel.Warning,
        "Cell {CellId} is quarantined for {Time} and gets no work: it reports its state but does not accept work"
    )]
    public static partial void Quarantined(this ILogger logger, CellId cellId, TimeSpan time);

    [LoggerMessage(LogLevel.Warning, "{Count} cells did not report their state within {Timeout}; auctions start without them")]
    public static partial void NotAllReported(this ILogger logger, int count, TimeSpan timeout);
}
