namespace Scheduler.Rep.Transfers.Web;

/// <summary>Failures of the cell's own disk, in words.</summary>
internal static class LocalFiles
{
    private const int NoSpace = 28,
        OverQuota = 122;

    public static async ValueTask WriteAsync(FileStream file, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        try
        {
            await file.WriteAsync(content, cancellation);
        }
        catch (IOException failure)
        {
            throw Failed(failure);
        }
    }

    /// <summary>The cell is at fault. Its paths mean nothing to the owner of the work.</summary>
    public static TransferException Failed(Exception failure) =>
        new(IsFull(failure) ? "the cell's disk is full" : "the cell cannot write its files", failure);

    /// <summary>.NET keeps the system's error number in the result.</summary>
    public static bool IsFull(Exception failure) =>
        (failure is System.ComponentModel.Win32Exception system ? system.NativeErrorCode : failure.HResult) is NoSpace or OverQuota;
}
