using Microsoft.Extensions.Logging;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Bidding;

internal static partial class BiddingLog
{
    [LoggerMessage(LogLevel.Information, "Auction placed {Placed} of {Offered} on {Cells} cells")]
    public static partial void AuctionHeld(this ILogger logger, int placed, int offered, int cells);

    [LoggerMessage(LogLevel.Warning, "A report of cell {CellId} was refused: {Why}")]
    public static partial void ReportRefused(this ILogger logger, CellId cellId, string why);

    [LoggerMessage(LogLevel.Warning, "{AuctionId} goes to auction again: cell {CellId} has not answered within {Timeout}")]
    public static partial void ReservationLapsed(this ILogger logger, string auctionId, CellId cellId, TimeSpan timeout);

    [LoggerMessage(LogLevel.Warning, "Cell {CellId} tells its state and does not answer for work: it takes none for {Time}")]
    public static partial void Quarantined(this ILogger logger, CellId cellId, TimeSpan time);

    [LoggerMessage(LogLevel.Warning, "{Count} cells have not reported within {Timeout}; starting without them")]
    public static partial void NotAllReported(this ILogger logger, int count, TimeSpan timeout);
}
