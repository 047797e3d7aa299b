namespace Scheduler.Bbs.Storage.Export;

/// <summary>What writer and reader of an export agree on; <c>export.proto</c> describes the whole.</summary>
internal static class ExportFormat
{
    public const uint Version = 1;

    /// <summary>
    /// Longest message. The largest row is a definition of work or a task's result; stores and gRPC accept far smaller ones. It keeps a
    /// reader of a damaged length from asking for that much memory.
    /// </summary>
    public const int MaxMessageBytes = 64 * 1024 * 1024;

    public static ReadOnlySpan<byte> Magic => "scheduler bbs export\n"u8;

    public static ulong Total(this RowCounts rows) =>
        rows.DesiredLrps + rows.ActualLrps + rows.Tasks + rows.Domains + rows.Cells + rows.AbsentCells + rows.CellLosses + rows.Locks;
}
