using Scheduler.Auctioneer.Recording;

namespace Scheduler.Tests.Unit.Auctioneer.Recording;

public sealed class RecordedAuctionReplayTests
{
    public static TheoryData<string> Recordings =>
        [.. Directory.GetFiles(GoldenFolder, "*.json").Select(file => Path.GetFileName(file)!).Order()];

    private static string GoldenFolder => Path.Combine(AppContext.BaseDirectory, "Golden");

    [Theory]
    [MemberData(nameof(Recordings))]
    public void Agrees_with_every_decision_of_a_recorded_Diego_auction(string file)
    {
        var path = Path.Combine(GoldenFolder, file);

        var report = RecordedAuctionReplay.Run(file, RecordedAuction.Parse(file, File.ReadAllBytes(path)));

        Assert.Null(report.FirstDifference);
        Assert.Equal(0, report.Mismatches);
        Assert.Equal(0, report.MaxScoreError);
        Assert.True(report.Decisions >= 300);
    }
}
