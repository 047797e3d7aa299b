using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Engine;

/// <summary>The eight possible texts for missing capacity. They are built once, because a full fleet returns them often.</summary>
internal static class ShortageTexts
{
    private static readonly string[] Texts = Make();

    public static string Of(bool containers, bool disk, bool memory) => Texts[(containers ? 4 : 0) + (disk ? 2 : 0) + (memory ? 1 : 0)];

    private static string[] Make()
    {
        var texts = new string[8];
        for (var i = 0; i < texts.Length; i++)
            texts[i] = PlacementErrors.Insufficient((i & 4) != 0, (i & 2) != 0, (i & 1) != 0);
        return texts;
    }
}
