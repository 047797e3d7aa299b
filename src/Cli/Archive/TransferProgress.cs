using System.Globalization;
using Scheduler.Bbs.Storage.Export;
using Scheduler.Client.Output;

namespace Scheduler.Cli.Archive;

/// <summary>Shows on a terminal how far an export or an import is; elsewhere it shows nothing.</summary>
internal sealed class TransferProgress(TextWriter error, string doing, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly bool _isWatched = ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected;
    private long? _shownAt;

    public void Show(ulong rows, long bytes)
    {
        if (!_isWatched || (_shownAt is { } at && time.GetElapsedTime(at) < Interval))
            return;
        _shownAt = time.GetTimestamp();
        error.Write($"\r{doing} … {Number(rows)} rows, {Texts.Bytes(bytes)}\e[K");
        error.Flush();
    }

    /// <summary>Clears the line.</summary>
    public void End()
    {
        if (_shownAt is not null)
            error.Write("\r\e[K");
    }

    /// <summary>The rows by kind, without the kinds that have none.</summary>
    public static string Describe(RowCounts rows)
    {
        (ulong Count, string One, string Many)[] kinds =
        [
            (rows.DesiredLrps, "LRP", "LRPs"),
            (rows.ActualLrps, "instance", "instances"),
            (rows.Tasks, "task", "tasks"),
            (rows.Domains, "domain", "domains"),
            (rows.Cells, "cell", "cells"),
            (rows.AbsentCells, "absent cell", "absent cells"),
            (rows.CellLosses, "setting of cell loss", "settings of cell loss"),
            (rows.Locks, "lock", "locks"),
        ];
        var told = kinds.Where(kind => kind.Count > 0).Select(kind => $"{Number(kind.Count)} {(kind.Count == 1 ? kind.One : kind.Many)}");
        return string.Join(", ", told) is { Length: > 0 } text ? text : "no rows";
    }

    private static string Number(ulong value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
