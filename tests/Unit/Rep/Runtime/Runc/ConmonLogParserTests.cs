using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Tests.Unit.Rep.Runtime.Runc;

public sealed class ConmonLogParserTests
{
    private const string Time = "2026-11-21T10:55:55.474609166+00:00";

    [Fact]
    public void Joins_the_pieces_of_a_line_and_keeps_streams_apart()
    {
        var lines = Parse($"{Time} stdout P one ", $"{Time} stderr F other", $"{Time} stdout F line");
        Assert.Equal([(LogStream.Stderr, "other"), (LogStream.Stdout, "one line")], lines.Select(line => (line.Stream, line.Text)));
        Assert.Equal(new DateTimeOffset(2026, 11, 21, 10, 55, 55, TimeSpan.Zero).AddTicks(4_746_091), lines[0].Time);
    }

    [Fact]
    public void Ends_lines_at_carriage_returns_too_and_drops_empty_ones() =>
        Assert.Equal(["10%", "20%", "done"], Parse($"{Time} stdout F 10%\r20%\r\rdone", $"{Time} stdout F ").Select(line => line.Text));

    [Fact]
    public void Gives_out_an_unfinished_line_at_the_end() =>
        Assert.Equal(["prompt> "], Parse($"{Time} stdout P prompt> ").Select(line => line.Text));

    [Fact]
    public void Skips_what_is_no_record() =>
        Assert.Equal(["good"], Parse("rest of a cut line", "", $"{Time} stdin F x", $"{Time} stdout F good").Select(line => line.Text));

    [Fact]
    public void Never_loses_or_adds_a_byte_and_never_cuts_a_character()
    {
        var text = from characters in Gen.Elements("a", "ä", "€", "😀", " ").ListOf() select string.Concat(characters);
        Prop.ForAll(
                text.ToArbitrary(),
                written =>
                {
                    const int longest = 7;
                    var lines = Parse(longest, $"{Time} stdout F {written}");
                    Assert.Equal(written, string.Concat(lines.Select(line => line.Text)));
                    Assert.All(lines, line => Assert.InRange(line.Content.Length, 1, longest));
                }
            )
            .QuickCheckThrowOnFailure();
    }

    private static List<LogLine> Parse(params string[] records) => Parse(LogLine.MaxBytes, records);

    private static List<LogLine> Parse(int longest, params string[] records)
    {
        var parser = new ConmonLogParser(longest);
        var lines = new List<LogLine>();
        foreach (var record in records)
            parser.Parse(Encoding.UTF8.GetBytes(record), LogCursor.Start, lines);
        parser.Finish(LogCursor.Start, lines);
        return lines;
    }
}
