using System.Text;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Auctioneer.Recording;
using Scheduler.Models;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Auction;

namespace Scheduler.Tests.Unit.Auctioneer.Recording;

public sealed class InputLogTests
{
    [Fact]
    public void Replays_to_the_same_decisions_from_any_start()
    {
        for (var seed = 1; seed <= TestScale.Cases(15, nightly: 200); seed++)
        {
            var auction = new RandomAuction((ulong)seed);
            auction.Run();

            var report = InputLogReplay.Run("log", Record(auction, 40));

            Assert.Null(report.FirstDifference);
            Assert.Equal((40, 0, 0.0), (report.Decisions, report.Mismatches, report.MaxScoreError));
        }
    }

    [Fact]
    public void Reports_the_first_decision_that_differs()
    {
        var engine = An.EngineWith(An.EmptyCell("a"), An.EmptyCell("b"));
        var start = InputLogFormat.ToLine(InputLogEntry.StartOf(engine));
        var ask = engine.Lrp("web");
        var line = Encoding.UTF8.GetString(InputLogFormat.ToLine(InputLogEntry.Of(ask, engine.Place(ask))));

        var report = InputLogReplay.Run("log", [.. start, .. Encoding.UTF8.GetBytes(line.Replace("\"cell\":\"a\"", "\"cell\":\"b\""))]);

        Assert.Equal(1, report.Mismatches);
        Assert.StartsWith("line 2, web.0: a at", report.FirstDifference);
    }

    [Fact]
    public void Says_what_is_wrong_with_a_log_that_is_cut_short_or_goes_on_in_other_words()
    {
        var auction = new RandomAuction(7);
        auction.Run();
        var whole = Record(auction, 5);
        Fails(whole[..^10], "is truncated");
        Fails([.. whole, .. "{\"report\":{}}\n"u8], "is not an input log entry");

        static void Fails(byte[] content, string message)
        {
            var failure = Assert.Throws<RecordingFormatException>(() => InputLogReplay.Run("recordings/today", content));
            Assert.Contains(message, failure.Message);
            Assert.Contains("recordings/today", failure.Message);
        }
    }

    [Fact]
    public void Keeps_the_newest_files_each_replayable_by_itself()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var engine = An.EngineWith(An.EmptyCell("a", memoryMb: 1_000_000));
            using (var files = new InputLogFiles(folder.FullName, maxFileBytes: 2_000, maxFiles: 3))
            {
                for (var i = 0; i < 100; i++)
                {
                    if (files.WantsStart)
                        files.Write(InputLogEntry.StartOf(engine));
                    var ask = engine.Lrp($"process-{i}", 1);
                    files.Write(InputLogEntry.Of(ask, engine.Place(ask)));
                }
            }

            var kept = folder.GetFiles();
            Assert.Equal(3, kept.Length);
            Assert.All(kept, file => Assert.Equal(0, InputLogReplay.Run(file.Name, File.ReadAllBytes(file.FullName)).Mismatches));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static byte[] Record(RandomAuction auction, int placements)
    {
        var random = new SeededRandom((ulong)placements);
        var engine = auction.Engine;
        var log = new List<InputLogEntry> { InputLogEntry.StartOf(engine) };
        var held = engine.Held().Select(reservation => reservation.Id).ToList();
        for (var i = 0; i < placements; i++)
        {
            var ask = auction.NextAsk();
            var result = engine.Place(ask);
            log.Add(InputLogEntry.Of(ask, result));
            if (result.Placed)
                held.Add(result.Reservation);
            if (held.Count == 0)
                continue;
            var answered = random.Pick(held);
            log.Add(
                random.Next(3) switch
                {
                    0 => InputLogEntry.Refused(Did(answered, id => engine.Refuse(id))),
                    1 => InputLogEntry.Lapsed(Did(answered, id => engine.Lapse(id))),
                    _ => InputLogEntry.Confirmed(Did(answered, id => engine.Confirm(id, 1, 0)), 1, 0),
                }
            );
            if (random.Percent(10) && engine.Reports() is { Count: > 0 } reports)
            {
                var report = random.Pick(reports) with { Healthy = random.Percent(80) };
                engine.Apply(report);
                log.Add(InputLogEntry.Of(report));
            }
        }

        return [.. log.SelectMany(InputLogFormat.ToLine)];
    }

    private static ReservationId Did(ReservationId id, Action<ReservationId> call)
    {
        call(id);
        return id;
    }
}
