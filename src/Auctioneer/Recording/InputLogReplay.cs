using System.Text;
using System.Text.Json;
using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Recording;

/// <summary>Replay of a recorded input log on a new engine. It compares every decision with the recorded one, to the bit.</summary>
public sealed class InputLogReplay
{
    private readonly string _file;
    private readonly Dictionary<ReservationId, ReservationId> _ids = [];
    private AuctionEngine? _engine;
    private int _decisions;
    private int _mismatches;
    private double _maxScoreError;
    private string? _firstDifference;

    private InputLogReplay(string file) => _file = file;

    /// <summary>Whether the content claims to be an input log, complete or not.</summary>
    public static bool IsInputLog(ReadOnlySpan<byte> content)
    {
        var head = Encoding.UTF8.GetString(content[..Math.Min(content.Length, 200)]).TrimStart();
        return head.StartsWith("""{"start":""", StringComparison.Ordinal)
            && head.Contains(InputLogStart.FormatName, StringComparison.Ordinal);
    }

    /// <exception cref="RecordingFormatException">The content is not an input log, or is truncated or damaged.</exception>
    public static ReplayReport Run(string file, ReadOnlySpan<byte> content)
    {
        var replay = new InputLogReplay(file);
        var number = 0;
        while (content.Length > 0)
        {
            number++;
            var end = content.IndexOf((byte)'\n');
            if (end < 0)
                throw new RecordingFormatException($"{file}: line {number} is truncated");
            replay.Repeat(content[..end], number);
            content = content[(end + 1)..];
        }

        if (replay._engine is null)
            throw new RecordingFormatException($"{file}: is empty");
        return new ReplayReport
        {
            File = file,
            Decisions = replay._decisions,
            Mismatches = replay._mismatches,
            MaxScoreError = replay._maxScoreError,
            FirstDifference = replay._firstDifference,
        };
    }

    private void Repeat(ReadOnlySpan<byte> line, int number)
    {
        try
        {
            Repeat(InputLogFormat.Parse(line), number);
        }
        catch (Exception e) when (e is JsonException or DomainException)
        {
            throw new RecordingFormatException($"{_file}: line {number} is not an input log entry: {e.Message}", e);
        }
    }

    private void Repeat(InputLogEntry entry, int number)
    {
        if (entry.Start is { } start)
            Begin(start, number);
        else if (_engine is not { } engine)
            throw new RecordingFormatException($"{_file}: does not begin with a start entry");
        // Reports that were refused then are refused now, which is part of the replay.
        else if (entry.Report is { } report)
            engine.Apply(report);
        else if (entry.Change is { } change)
            engine.Apply(change);
        else if (entry.Remove is { } removed)
            engine.Remove(removed.Cell);
        else if (entry.Place is { } placement)
            Place(engine, placement, number);
        else if (entry.Confirm is { } confirm)
            engine.Confirm(Now(confirm), confirm.Incarnation, confirm.Revision);
        else if (entry.Refuse is { } refuse)
            engine.Refuse(Now(refuse));
        else if (entry.Lapse is { } lapse)
            engine.Lapse(Now(lapse));
        else
            throw new JsonException("the entry is empty");
    }

    private void Begin(InputLogStart start, int number)
    {
        if (start.Format != InputLogStart.FormatName || start.Version != InputLogStart.CurrentVersion)
            throw new RecordingFormatException(
                $"{_file}: line {number}: format {start.Format} version {start.Version} is not supported; this program reads "
                    + $"{InputLogStart.FormatName} version {InputLogStart.CurrentVersion}"
            );
        _engine = new AuctionEngine(start.Rules);
        _ids.Clear();
        foreach (var cell in start.Cells)
            if (_engine.Apply(cell) is { } error)
                throw error.ToException();
        foreach (var held in start.Held)
            _ids.Add(held.Id, _engine.Restore(held));
    }

    private void Place(AuctionEngine engine, LoggedPlacement recorded, int number)
    {
        var ask = new PlacementAsk(
            recorded.Kind,
            recorded.Guid,
            recorded.Index,
            recorded.MemoryMb,
            recorded.DiskMb,
            engine.Intern(recorded.Constraint)
        );
        if (ask.Validate() is { } error)
            throw error.ToException();
        var decided = engine.Place(ask);
        _decisions++;
        if (decided.Placed)
            _ids[recorded.Reservation] = decided.Reservation;
        if (decided.Placed && recorded.Cell is not null)
            _maxScoreError = Math.Max(_maxScoreError, Math.Abs(decided.Score - recorded.Score));
        if (decided.Error == recorded.Error && decided.Cell == (recorded.Cell ?? default) && decided.Score.Equals(recorded.Score))
            return;
        _mismatches++;
        _firstDifference ??=
            $"line {number}, {ask.AuctionId}: {Words(decided.Cell, decided.Score, decided.Error)}, recorded {Words(recorded.Cell ?? default, recorded.Score, recorded.Error)}";
    }

    private static string Words(CellId cell, double score, string? error) => error is null ? $"{cell} at {score:R}" : $"\"{error}\"";

    /// <summary>The reservation's identifier in this run; none for one that the recording never made.</summary>
    private ReservationId Now(LoggedAnswer answer) => _ids.GetValueOrDefault(answer.Reservation);
}
